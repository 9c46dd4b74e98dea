namespace VirtLock.Locking;

/// <summary>How an attempt to lock a file ended.</summary>
public enum LockAttemptStatus
{
    /// <summary>The lock is held; <see cref="LockAttempt.File"/> has it.</summary>
    Granted,

    /// <summary>Somebody else holds the file; <see cref="LockAttempt.Identity"/> says which file it is.</summary>
    Busy,

    /// <summary>A system call failed; <see cref="LockAttempt.Error"/> says why.</summary>
    Failed,
}

/// <summary>The outcome of <see cref="ILockDriver.TryLock"/>.</summary>
public readonly struct LockAttempt
{
    private LockAttempt(LockAttemptStatus status, HeldFile file, SystemError? error)
    {
        Status = status;
        File = file;
        Error = error;
    }

    /// <summary>How the attempt ended.</summary>
    public LockAttemptStatus Status { get; }

    /// <summary>The held file, when granted.</summary>
    public HeldFile File { get; }

    /// <summary>Which file it is, when granted or busy.</summary>
    public FileIdentity Identity => File.Identity;

    /// <summary>Why the attempt failed, when it did.</summary>
    public SystemError? Error { get; }

    /// <summary>The lock was taken.</summary>
    /// <param name="file">The held file.</param>
    /// <returns>The outcome.</returns>
    public static LockAttempt Granted(HeldFile file) => new(LockAttemptStatus.Granted, file, null);

    /// <summary>Somebody else holds it.</summary>
    /// <param name="identity">Which file it is.</param>
    /// <returns>The outcome.</returns>
    public static LockAttempt Busy(FileIdentity identity) =>
        new(LockAttemptStatus.Busy, new HeldFile(-1, identity, default), null);

    /// <summary>A system call failed.</summary>
    /// <param name="error">Which one, and why.</param>
    /// <returns>The outcome.</returns>
    public static LockAttempt Failed(SystemError error) => new(LockAttemptStatus.Failed, default, error);
}
