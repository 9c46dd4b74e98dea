using VirtLock.Locking;

namespace VirtLock.Drivers;

/// <summary>A file of an <see cref="InMemoryDisk"/>: it lives as long as it has a name or a lock.</summary>
internal sealed class InMemoryFile(FileIdentity identity)
{
    internal FileIdentity Identity { get; } = identity;

    internal int Names { get; set; }

    /// <summary>Who holds it, by number.</summary>
    internal HashSet<int> Holds { get; } = [];

    internal LockMode Mode { get; set; }
}
