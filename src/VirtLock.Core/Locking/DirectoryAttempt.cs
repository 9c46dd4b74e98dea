namespace VirtLock.Locking;

/// <summary>The outcome of <see cref="ILockDriver.EnsureDirectory"/>.</summary>
/// <param name="IsDirectory">Whether the path is a directory now.</param>
/// <param name="Error">The system call that failed; null when the path exists and is something else.</param>
public readonly record struct DirectoryAttempt(bool IsDirectory, SystemError? Error);
