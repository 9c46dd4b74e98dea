using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A held resource.</summary>
internal sealed record ResourceSnapshot
{
    internal required ResourceName Name { get; init; }

    /// <summary>The locked file.</summary>
    internal required FilePath Path { get; init; }

    /// <summary>The open file that carries the lock.</summary>
    internal required int Descriptor { get; init; }

    internal required LockMode Mode { get; init; }

    internal required bool IsAutocreated { get; init; }

    internal required LockKind Kind { get; init; }

    /// <summary>False when libvirt's daemon noted that it has the file open without the lock.</summary>
    internal bool IsLocked { get; init; } = true;

    /// <summary>In the order in which they were acquired.</summary>
    internal required IReadOnlyList<LeaseSnapshot> Leases { get; init; }
}
