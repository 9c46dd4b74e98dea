using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;

    /// <summary>Differs by processor: asm-generic/fcntl.h against arch/arm64's.</summary>
    internal static readonly int O_NOFOLLOW =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int F_SETFL = 4;
    internal const int F_GETLK = 5;
    internal const int F_SETLK = 6;
    internal const int F_OFD_GETLK = 36;
    internal const int F_OFD_SETLK = 37;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int F_SEAL_WRITE = 8;
    internal const int FD_CLOEXEC = 1;

    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal const short F_RDLCK = 0;
    internal const short F_WRLCK = 1;
    internal const short F_UNLCK = 2;

    /// <summary>struct flock of a 64-bit Linux, renamed as C# has no tags: fcntl(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct flock_t
    {
        internal short l_type;
        internal short l_whence;
        internal long l_start;
        internal long l_len;
        internal int l_pid;
    }

    [LibraryImport(Library)]
    internal static partial int open(ReadOnlySpan<byte> pathname, int flags, uint mode);

    /// <summary>flock(2), of sys/file.h: the other kind of lock, on whole files and also on directories.</summary>
    [LibraryImport(Library)]
    internal static partial int flock(int fd, int operation);

    [LibraryImport(Library)]
    internal static partial int fcntl(int fd, int cmd, nint arg);

    [LibraryImport(Library, EntryPoint = "fcntl")]
    internal static partial int fcntl(int fd, int cmd, flock_t* arg);
}
