using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>The lock on the first byte of an open file.</summary>
internal static unsafe class FileLock
{
    /// <summary>Takes or changes the lock without waiting.</summary>
    /// <returns>False with the reason in <see cref="LibC.LastError"/>.</returns>
    internal static bool Set(Descriptor file, LockKind kind, LockMode mode)
    {
        LibC.flock_t request = Request(mode);
        return LibC.fcntl(file.Number, kind == LockKind.Posix ? LibC.F_SETLK : LibC.F_OFD_SETLK, &request) == 0;
    }

    /// <summary>
    /// Lets an open file description lock go now, not when the last copy of the descriptor is closed: a process that is being started has
    /// copies until it executes its program.
    /// </summary>
    internal static void Clear(Descriptor file)
    {
        LibC.flock_t request = Request(LockMode.Exclusive) with { l_type = LibC.F_UNLCK };
        _ = LibC.fcntl(file.Number, LibC.F_OFD_SETLK, &request);
    }

    /// <summary>Asks, without taking it, what stands in the way of a lock on this descriptor's open file description.</summary>
    /// <returns>F_RDLCK or F_WRLCK as somebody else holds it, F_UNLCK if nobody does; null if the file system can't say.</returns>
    internal static short? Conflicting(Descriptor file, LockMode mode)
    {
        LibC.flock_t request = Request(mode);
        return LibC.fcntl(file.Number, LibC.F_OFD_GETLK, &request) == 0 ? request.l_type : null;
    }

    /// <summary>POSIX lets the kernel answer a conflict with either: fcntl(2), F_SETLK.</summary>
    internal static bool IsConflict(int errno) => errno is LibC.EAGAIN or LibC.EACCES;

    /// <summary>Kernels before 3.15 and some file systems know no open file description locks.</summary>
    internal static bool IsRefusedKind(int errno) => errno is LibC.EINVAL or LibC.EOPNOTSUPP or LibC.ENOSYS;

    /// <summary>The first byte, as libvirt: l_start 0, l_len 1. OFD requests want l_pid 0.</summary>
    internal static LibC.flock_t Request(LockMode mode) => new()
    {
        l_type = mode == LockMode.Shared ? LibC.F_RDLCK : LibC.F_WRLCK,
        l_whence = LibC.SEEK_SET,
        l_start = 0,
        l_len = 1,
    };
}
