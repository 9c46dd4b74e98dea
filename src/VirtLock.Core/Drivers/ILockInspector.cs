using VirtLock.Locking;

namespace VirtLock.Drivers;

/// <summary>
/// What an <see cref="ILockDriver"/> may offer beside locking: to look at locks without touching them. Safe on any thread, also while
/// another thread is in a method of <see cref="ILockDriver"/>; a call may take long.
/// </summary>
public interface ILockInspector
{
    /// <summary>Whether a lock still stands, on the file that its path still names.</summary>
    /// <param name="file">What <see cref="ILockDriver.TryLock"/> gave.</param>
    /// <param name="path">The file it was locked by.</param>
    /// <param name="mode">The mode it was locked in.</param>
    /// <returns>False only if the lock is known to be gone; true also when nothing could be found out.</returns>
    bool IsHeld(in HeldFile file, FilePath path, LockMode mode);

    /// <summary>Finds the process of this host that holds a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The holder; null when nobody holds the file, or nobody that can be seen from here.</returns>
    LockHolder? FindHolder(FilePath path);
}
