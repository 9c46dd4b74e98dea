using VirtLock.Locking;

namespace VirtLock;

/// <summary>How a process locks. Read once, when the locks are made; not safe to change meanwhile from another thread.</summary>
public sealed class VirtLockOptions
{
    /// <summary>
    /// Which of the kernel's locks to take. With <see cref="LockKind.Posix"/> the process must never open and close a locked file by other
    /// means: that drops the lock, and nothing notices. Default: open file description locks, which are free of that.
    /// </summary>
    public LockKind LockKind { get; set; } = LockKind.OpenFileDescription;

    /// <summary>
    /// Whether a POSIX lock is taken, and a warning logged, where a file system refuses open file description locks; else acquiring such a
    /// file fails with <see cref="LockRefusedException"/>. <see cref="ILease.Kind"/> says which lock it came to. Default: true.
    /// </summary>
    public bool AllowPosixFallback { get; set; } = true;

    /// <summary>
    /// How often to look whether held locks still stand, so that <see cref="ILease.LostToken"/> can fire: network storage loses locks
    /// without a word. At least a millisecond; <see cref="Timeout.InfiniteTimeSpan"/> never looks. Default: 10 seconds.
    /// </summary>
    public TimeSpan VerifyInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a waiter for a foreign holder may pause between two tries; the pause starts at 10 milliseconds and doubles up to this. At
    /// least a millisecond. Default: 1 second.
    /// </summary>
    public TimeSpan LongestRetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>What the owner of this process's leases is called, for people. Default: the program's file name.</summary>
    public string OwnerName { get; set; } = Path.GetFileName(Environment.ProcessPath) ?? string.Empty;
}
