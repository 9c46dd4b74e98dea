namespace VirtLock.Locking;

/// <summary>What came of an attempt on a resource.</summary>
internal enum LockStatus
{
    Granted,

    /// <summary>Held: by <see cref="LockOutcome.Holder"/>, or by another process on <see cref="LockOutcome.BusyFile"/>.</summary>
    Busy,

    /// <summary>The name leaves its lock space, or holds a NUL.</summary>
    NameRefused,

    Failed,
}

/// <summary>The outcome of <see cref="LockSpace.Acquire"/> and of creating and deleting resources. A busy lock is normal traffic: a value, no exception.</summary>
internal readonly struct LockOutcome
{
    internal required LockStatus Status { get; init; }

    /// <summary>The lease that was granted.</summary>
    internal Lease? Lease { get; init; }

    /// <summary>The resource of ours that stands in the way; null when the holder is another process.</summary>
    internal Resource? Holder { get; init; }

    /// <summary>The file that another process holds.</summary>
    internal FileIdentity BusyFile { get; init; }

    internal SystemError? Error { get; init; }

    internal static LockOutcome Granted(Lease? lease = null) => new() { Status = LockStatus.Granted, Lease = lease };

    internal static LockOutcome Failed(SystemError error) => new() { Status = LockStatus.Failed, Error = error };

    internal static LockOutcome HeldBy(Resource holder) => new() { Status = LockStatus.Busy, Holder = holder, BusyFile = holder.File.Identity };

    internal static LockOutcome HeldElsewhere(FileIdentity file) => new() { Status = LockStatus.Busy, BusyFile = file };
}
