namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What must outlive a process image, when the daemon executes its successor in the same process.</summary>
internal sealed record Snapshot
{
    /// <summary>The process that wrote it, and the only one it is good for: descriptors mean nothing in another.</summary>
    internal required int Pid { get; init; }

    /// <summary>The lock server, and the admin server unless there is none.</summary>
    internal required IReadOnlyList<ServerSnapshot> Servers { get; init; }

    internal required LockSpaceSnapshot Default { get; init; }

    internal required IReadOnlyList<LockSpaceSnapshot> Directories { get; init; }

    /// <summary>Processes that are being ended because they lost their connection while holding leases.</summary>
    internal IReadOnlyList<FencingSnapshot> Fencings { get; init; } = [];

    /// <summary>The locked PID file; -1 when it has to be acquired again, as after libvirt.</summary>
    internal int PidFileDescriptor { get; init; } = -1;

    /// <summary>How long the daemon has had nothing to do; null while it has, and after libvirt.</summary>
    internal TimeSpan? IdleFor { get; init; }

    /// <summary>
    /// Whether libvirt's daemon wrote it: its locks are POSIX locks, and it leaves descriptors behind that the snapshot does not name.
    /// </summary>
    internal bool IsFromLibvirt { get; init; }
}
