using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <content>Locks that a predecessor took and handed over with their descriptors.</content>
public sealed unsafe partial class FcntlLockDriver
{
    /// <summary>Goes on with a lock that the predecessor held through a descriptor, or takes it anew where that is possible.</summary>
    /// <param name="descriptor">The descriptor that is said to carry the lock.</param>
    /// <param name="path">The file that it is said to be.</param>
    /// <param name="mode">The mode of the lock.</param>
    /// <param name="kind">Its kind; null when that is not known.</param>
    /// <param name="problem">What was not as it should be, even if it could be mended.</param>
    /// <returns>The held file; null when the lock is lost.</returns>
    internal HeldFile? Adopt(Descriptor descriptor, FilePath path, LockMode mode, LockKind? kind, out string? problem)
    {
        if (FileStatus.Identify(descriptor) is not { } identity)
        {
            return TakeAnew(path, mode, $"descriptor {descriptor} is not open", out problem);
        }

        if (FileStatus.Identify(path) is { } named && named != identity)
        {
            return TakeAnew(path, mode, $"descriptor {descriptor} is another file", out problem);
        }

        descriptor.SetCloseOnExec();
        bool isHeld = IsHeld(descriptor, ref kind);

        int errno = 0;
        bool isAdopted = kind == LockKind.Posix
            ? _posix.Adopt(identity, descriptor, mode, out errno)
            : FileLock.Set(descriptor, kind!.Value, mode);
        if (!isAdopted)
        {
            problem = $"the lock was not held, and cannot be taken again: {ErrorText.Of(errno == 0 ? LibC.LastError : errno)}";
            _posix.Close(identity, descriptor);
            return null;
        }

        problem = isHeld ? null : "the lock was not held and was taken again";
        return new HeldFile(descriptor.Number, identity, kind.Value);
    }

    /// <summary>Closes an inherited descriptor that nobody uses, unless that would drop a POSIX lock.</summary>
    internal void CloseStray(Descriptor descriptor)
    {
        if (FileStatus.Identify(descriptor) is { } identity)
        {
            descriptor.SetCloseOnExec();
            _posix.Close(identity, descriptor);
        }
    }

    /// <summary>
    /// Whether the lock is there. Each kind of request overlooks the locks of its own owner and shows those of the other kind: a POSIX lock
    /// of ours is shown to an OFD request with our pid, an OFD lock to a POSIX request with pid -1 (fcntl_locking(2)).
    /// </summary>
    private static bool IsHeld(Descriptor descriptor, ref LockKind? kind)
    {
        // Of several shared holders only one is shown: then it may be another's, and ours is not to be seen.
        if (kind is null)
        {
            LibC.flock_t ours = Query(descriptor, LibC.F_OFD_GETLK);
            bool isOpenFile = ours.l_pid != LibC.getpid() && Query(descriptor, LibC.F_GETLK) is { l_type: not LibC.F_UNLCK, l_pid: -1 };
            kind = isOpenFile ? LockKind.OpenFileDescription : LockKind.Posix;
        }

        return Query(descriptor, kind == LockKind.Posix ? LibC.F_OFD_GETLK : LibC.F_GETLK).l_type != LibC.F_UNLCK;
    }

    /// <summary>What would stand in the way of an exclusive lock.</summary>
    private static LibC.flock_t Query(Descriptor descriptor, int command)
    {
        LibC.flock_t request = FileLock.Request(LockMode.Exclusive);
        _ = LibC.fcntl(descriptor.Number, command, &request);
        return request;
    }

    /// <summary>Takes a lock whose descriptor is of no use.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">The mode of the lock.</param>
    /// <param name="reason">What is wrong with the descriptor.</param>
    /// <param name="problem">That, and whether it could be mended.</param>
    /// <returns>The held file; null when the lock is lost.</returns>
    internal HeldFile? TakeAnew(FilePath path, LockMode mode, string reason, out string? problem)
    {
        LockAttempt attempt = TryLock(path, mode, autocreate: false);
        if (attempt.IsGranted)
        {
            problem = $"{reason}; the lock was taken again";
            return attempt.File;
        }

        problem = $"{reason}, and the lock cannot be taken again: {attempt.Error?.Description ?? "somebody else holds it"}";
        return null;
    }
}
