using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    /// <summary>
    /// The head of struct stat, which is the same on x86-64 and arm64; the rest, which differs, is only room.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct stat_head
    {
        internal ulong st_dev;
        internal ulong st_ino;
    }

    [LibraryImport(Library)]
    internal static partial int fstat(int fd, stat_head* statbuf);

    [LibraryImport(Library)]
    internal static partial int stat(ReadOnlySpan<byte> pathname, stat_head* statbuf);

    [LibraryImport(Library)]
    internal static partial int mkdir(ReadOnlySpan<byte> pathname, uint mode);
}
