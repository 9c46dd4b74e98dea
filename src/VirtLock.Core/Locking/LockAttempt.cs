namespace VirtLock.Locking;

/// <summary>What came of <see cref="ILockDriver.TryLock"/>: granted, busy, delayed, or failed.</summary>
public readonly struct LockAttempt
{
    private readonly HeldFile? _file;

    private LockAttempt(HeldFile? file, FileIdentity identity, SystemError? error)
    {
        _file = file;
        Identity = identity;
        Error = error;
    }

    /// <summary>Whether the lock is held now: <see cref="File"/> has it.</summary>
    public bool IsGranted => _file is not null;

    /// <summary>Whether somebody else holds the file: <see cref="Identity"/> says which file that is.</summary>
    public bool IsBusy => _file is null && Error is null;

    /// <summary>
    /// Whether the file could not be opened yet, as <see cref="Error"/> says, and can be before long: the attempt is worth repeating.
    /// </summary>
    public bool IsDelayed { get; private init; }

    /// <summary>The held file of a granted attempt.</summary>
    /// <exception cref="InvalidOperationException">Nothing was granted.</exception>
    public HeldFile File => _file ?? throw new InvalidOperationException("Only a granted attempt has a held file.");

    /// <summary>Which file it is, when granted or busy.</summary>
    public FileIdentity Identity { get; }

    /// <summary>The system call that failed; null when none did.</summary>
    public SystemError? Error { get; }

    /// <summary>The lock was taken.</summary>
    /// <param name="file">The held file.</param>
    /// <returns>The attempt.</returns>
    public static LockAttempt Granted(HeldFile file) => new(file, file.Identity, null);

    /// <summary>Somebody else holds it.</summary>
    /// <param name="identity">Which file it is.</param>
    /// <returns>The attempt.</returns>
    public static LockAttempt Busy(FileIdentity identity) => new(null, identity, null);

    /// <summary>
    /// The file can't be opened yet: another program has a lease on it (F_SETLEASE), which the kernel is taking back. It may be tried again
    /// some milliseconds later, for as long as whoever asked may be kept waiting.
    /// </summary>
    /// <param name="error">What to say when the wait is over.</param>
    /// <returns>The attempt.</returns>
    public static LockAttempt Delayed(SystemError error) => new(null, default, error) { IsDelayed = true };

    /// <summary>A system call failed.</summary>
    /// <param name="error">Which one, and why.</param>
    /// <returns>The attempt.</returns>
    public static LockAttempt Failed(SystemError error) => new(null, default, error);
}
