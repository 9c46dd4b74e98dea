namespace VirtLock.Locking;

/// <summary>
/// What came of <see cref="LockSpace.Acquire"/>, and of creating and deleting resources: granted, busy, a refused name, or failed. A busy
/// lock is normal traffic: a value, no exception.
/// </summary>
internal readonly struct LockOutcome
{
    internal bool IsGranted { get; private init; }

    /// <summary>Whether it is held: by <see cref="Holder"/>, or by another process on <see cref="BusyFile"/>.</summary>
    internal bool IsBusy { get; private init; }

    /// <summary>Whether the name leaves its lock space, or has a NUL in it.</summary>
    internal bool IsNameRefused { get; private init; }

    /// <summary>The lease that was granted.</summary>
    internal Lease? Lease { get; private init; }

    /// <summary>The resource of ours that stands in the way; null when the holder is another process.</summary>
    internal Resource? Holder { get; private init; }

    /// <summary>The file that is busy.</summary>
    internal FileIdentity BusyFile { get; private init; }

    /// <summary>The system call that failed; null when none did.</summary>
    internal SystemError? Error { get; private init; }

    /// <summary>Whether it failed as the file could not be opened yet, and can be before long.</summary>
    internal bool IsDelayed { get; private init; }

    internal static LockOutcome NameRefused => new() { IsNameRefused = true };

    internal static LockOutcome Granted(Lease? lease = null) => new() { IsGranted = true, Lease = lease };

    internal static LockOutcome Failed(SystemError error) => new() { Error = error };

    internal static LockOutcome Delayed(SystemError error) => new() { Error = error, IsDelayed = true };

    internal static LockOutcome HeldBy(Resource holder) => new() { IsBusy = true, Holder = holder, BusyFile = holder.File.Identity };

    internal static LockOutcome HeldElsewhere(FileIdentity file) => new() { IsBusy = true, BusyFile = file };
}
