using System.Globalization;

namespace VirtLock.Locking;

/// <summary>A process by its number, as owners give it: it need not be that of a living process.</summary>
/// <param name="Value">The pid, unsigned as on the wire.</param>
public readonly record struct ProcessId(uint Value)
{
    /// <summary>The number in decimal.</summary>
    /// <returns>The decimal digits.</returns>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
