using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const short SEEK_SET = 0;
    internal const int W_OK = 2;

    [LibraryImport(Library)]
    internal static partial int close(int fd);

    [LibraryImport(Library)]
    internal static partial nint read(int fd, Span<byte> buf, nuint count);

    [LibraryImport(Library)]
    internal static partial nint write(int fd, ReadOnlySpan<byte> buf, nuint count);

    [LibraryImport(Library)]
    internal static partial long lseek(int fd, long offset, int whence);

    [LibraryImport(Library)]
    internal static partial int link(ReadOnlySpan<byte> oldpath, ReadOnlySpan<byte> newpath);

    [LibraryImport(Library)]
    internal static partial int ftruncate(int fd, long length);

    [LibraryImport(Library)]
    internal static partial int unlink(ReadOnlySpan<byte> pathname);

    /// <summary>Of stdio.h.</summary>
    [LibraryImport(Library)]
    internal static partial int rename(ReadOnlySpan<byte> oldpath, ReadOnlySpan<byte> newpath);

    [LibraryImport(Library)]
    internal static partial int access(ReadOnlySpan<byte> pathname, int mode);

    [LibraryImport(Library)]
    internal static partial int execve(ReadOnlySpan<byte> pathname, byte** argv, byte** envp);

    [LibraryImport(Library)]
    internal static partial int pipe2(int* pipefd, int flags);

    [LibraryImport(Library)]
    internal static partial int dup2(int oldfd, int newfd);

    [LibraryImport(Library)]
    internal static partial int getpid();

    [LibraryImport(Library)]
    internal static partial int getppid();

    [LibraryImport(Library)]
    internal static partial int gettid();

    [LibraryImport(Library)]
    internal static partial uint geteuid();

    [LibraryImport(Library)]
    internal static partial int isatty(int fd);
}
