using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <content>Locks that a predecessor took and handed over with their descriptors.</content>
public sealed unsafe partial class FcntlLockDriver
{
    /// <summary>
    /// Goes on with a lock that the predecessor held through a descriptor. No file is opened for that: closing it again would drop a POSIX
    /// lock that is still to be adopted.
    /// </summary>
    /// <param name="descriptor">The descriptor that is said to carry the lock.</param>
    /// <param name="path">The file that it is said to be.</param>
    /// <param name="mode">The mode of the lock.</param>
    /// <param name="kind">Its kind; null when that is not known.</param>
    /// <param name="recorded">Which file was locked; null when that is not known either.</param>
    internal Adoption Adopt(Descriptor descriptor, FilePath path, LockMode mode, LockKind? kind, FileIdentity? recorded)
    {
        if (recorded is { } trusted && kind == LockKind.OpenFileDescription && FileStatus.Recall(descriptor) == trusted)
        {
            // The lock belongs to the open file and came with it. To look at it would be to ask a file system that may hang.
            descriptor.SetCloseOnExec();
            return new Adoption(new HeldFile(descriptor.Number, trusted, LockKind.OpenFileDescription), null);
        }

        if (FileStatus.Identify(descriptor) is not { } identity)
        {
            return new Adoption(null, $"descriptor {descriptor} is not open", CanBeTakenAnew: true);
        }

        // The path may have come to lead to another file under the lease, which stays with the one that was locked.
        bool isLocked = recorded is { } locked
            ? locked == identity
            : FileStatus.Identify(path) is not { } named || named == identity || IsRemoved(descriptor, path);
        if (!isLocked)
        {
            return new Adoption(null, $"descriptor {descriptor} is another file", CanBeTakenAnew: true);
        }

        descriptor.SetCloseOnExec();
        bool isHeld = IsHeld(descriptor, ref kind);

        int errno = 0;
        bool isAdopted = kind == LockKind.Posix
            ? _posix.Adopt(identity, descriptor, mode, out errno)
            : FileLock.Set(descriptor, kind!.Value, mode);
        if (!isAdopted)
        {
            if (errno == 0)
            {
                errno = LibC.LastError;
            }

            _posix.Close(identity, descriptor);
            return new Adoption(null, $"the lock was not held, and cannot be taken again: {ErrorText.Of(errno)}");
        }

        var file = new HeldFile(descriptor.Number, identity, kind.Value);
        return new Adoption(file, isHeld ? null : "the lock was not held and was taken again");
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
    /// <param name="recorded">Which file was locked, and no other will do; null when that is not known.</param>
    /// <param name="problem">What is wrong with the descriptor; afterwards also whether it could be mended.</param>
    /// <returns>The held file; null when the lock is lost.</returns>
    internal HeldFile? TakeAnew(FilePath path, LockMode mode, FileIdentity? recorded, ref string problem)
    {
        LockAttempt attempt = TryLock(path, mode, autocreate: false);
        if (!attempt.IsGranted)
        {
            problem += $", and the lock cannot be taken again: {attempt.Error?.Description ?? "somebody else holds it"}";
            return null;
        }

        if (recorded is { } locked && locked != attempt.File.Identity)
        {
            Close(attempt.File);
            problem += $", and the lock cannot be taken again: {path} has become another file";
            return null;
        }

        problem += "; the lock was taken again";
        return attempt.File;
    }

    /// <summary>
    /// Whether the descriptor was opened by this path, which has been removed or replaced since: proc_pid_fd(5) then has the path with a
    /// mark.
    /// </summary>
    private static bool IsRemoved(Descriptor descriptor, FilePath path) =>
        File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.FullName == $"{path} (deleted)";
}
