namespace VirtLock.Locking;

/// <summary>
/// What takes and drops the locks on files: the seam between the model and the kernel. Calls come from one thread at a time; no call may
/// wait for another holder. Failures are values: an implementation throws only for a broken contract.
/// </summary>
public interface ILockDriver
{
    /// <summary>Opens and locks the file of a resource, without waiting.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <param name="autocreate">Whether to create the file (mode 0600) when it is missing, and to make sure that what was locked is still
    /// what
    /// <paramref name="path"/> names.</param>
    /// <returns>Whether it was granted; whoever gets a <see cref="HeldFile"/> must give it back with <see cref="Release"/>.</returns>
    LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate);

    /// <summary>
    /// Drops a lock. A resource that was autocreated is unlinked first, while the lock still stands, unless another process shares it or
    /// the name has come to lead to another file.
    /// </summary>
    /// <param name="file">What <see cref="TryLock"/> gave.</param>
    /// <param name="path">The file it was locked by.</param>
    /// <param name="mode">The mode it was locked in.</param>
    /// <param name="autocreate">Whether it was locked with autocreate.</param>
    /// <returns>Null, or why the file could not be removed; the lock is dropped all the same.</returns>
    SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate);

    /// <summary>Whether a name still leads to a file that is held by it, so that others may join in the lock by that name.</summary>
    /// <param name="file">What <see cref="TryLock"/> gave.</param>
    /// <param name="path">The file it was locked by.</param>
    /// <returns>False only if the name is known to lead to another file, or to none; true also when that can't be found out.</returns>
    bool IsNamed(in HeldFile file, FilePath path) => true;

    /// <summary>
    /// Which file has a name, so that one which is held by another name is not deleted. Of a symbolic link: the link, not what it leads to.
    /// </summary>
    /// <param name="path">The name.</param>
    /// <returns>Null when there is none, or it can't be found out.</returns>
    FileIdentity? Identify(FilePath path) => null;

    /// <summary>Creates the file of a resource (mode 0600); an existing one is left as it is, though it may be opened.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null, or why it failed.</returns>
    SystemError? CreateFile(FilePath path);

    /// <summary>Unlinks the file of a resource, or a symbolic link to it; a missing one is no failure, a device is not removed.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null, or why it failed.</returns>
    SystemError? DeleteFile(FilePath path);

    /// <summary>Makes sure that the directory of a lock space exists, creating it with its parents (mode 0700 each).</summary>
    /// <param name="path">The directory.</param>
    /// <returns>What was found or why it failed.</returns>
    DirectoryAttempt EnsureDirectory(FilePath path);
}
