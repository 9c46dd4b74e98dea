using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <content>Looking at locks: touches nothing of the driver's state, so any thread may.</content>
public sealed partial class FcntlLockDriver : ILockInspector
{
    /// <inheritdoc/>
    /// <remarks>
    /// Two questions: does anybody else hold what our lock would exclude, and does a second descriptor of the path see any lock. A shared
    /// lock that vanished while others share the file can't be told from one that stands. POSIX locks are taken to stand: opening and
    /// closing the file to look would drop them.
    /// </remarks>
    public bool IsHeld(in HeldFile file, FilePath path, LockMode mode)
    {
        if (file.Kind == LockKind.Posix)
        {
            return true;
        }

        if (FileStatus.Identify(path) is not { } identity)
        {
            return LibC.LastError is not (LibC.ENOENT or LibC.ENOTDIR or LibC.ESTALE);
        }

        if (identity != file.Identity || FileLock.Conflicting(new Descriptor(file.Descriptor), mode) is LibC.F_RDLCK or LibC.F_WRLCK)
        {
            return false;
        }

        var second = Descriptor.Open(path.NullTerminated, LibC.O_RDONLY | LibC.O_NONBLOCK);
        if (second.IsNone)
        {
            return true;
        }

        bool isFree = FileLock.Conflicting(second, LockMode.Exclusive) == LibC.F_UNLCK;
        second.Close();
        return !isFree;
    }

    /// <inheritdoc/>
    public LockHolder? FindHolder(FilePath path)
    {
        try
        {
            return FileStatus.Identify(path) is { } identity ? HolderSearch.Find(identity) : null;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            // Nobody that can be seen now.
            return null;
        }
    }
}
