using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>The keys that one kind of object may have, the mandatory ones first.</summary>
/// <param name="mandatory">How many of them must be there.</param>
/// <param name="keys">At most 32.</param>
internal sealed class DocumentKeys(int mandatory, params JsonEncodedText[] keys)
{
    internal int Count => keys.Length;

    /// <summary>Whether a key that is not among them is an error; libvirt's daemon and ours pass over it nearly everywhere.</summary>
    internal bool IsClosed { get; init; }

    internal JsonEncodedText this[int index] => keys[index];

    /// <summary>The first mandatory key that was not seen; -1 when none is missing.</summary>
    internal int FirstMissing(uint seen)
    {
        int index = System.Numerics.BitOperations.TrailingZeroCount(~seen);
        return index < mandatory ? index : -1;
    }
}
