using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const int AT_STATX_DONT_SYNC = 0x4000;
    internal const uint STATX_INO = 0x100;
    internal const uint STATX_BASIC_STATS = 0x7FF;
    internal const int S_IFMT = 0xF000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFBLK = 0x6000;
    internal const int S_IFREG = 0x8000;
    internal const int S_IFLNK = 0xA000;
    internal const int S_IFSOCK = 0xC000;
    internal const int S_IWGRP = 0x10;
    internal const int S_IWOTH = 2;

    /// <summary>
    /// The head of struct stat, which is the same on x86-64 and arm64; the rest, which differs, is only room. What else a file is (its
    /// kind, mode, owner) is asked by statx(2).
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct stat_head
    {
        internal ulong st_dev;
        internal ulong st_ino;
    }

    /// <summary>struct statx of statx(2), renamed as C# has no tags. The same on every processor; what is not declared is room.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct statx_t
    {
        [FieldOffset(20)]
        internal uint stx_uid;

        [FieldOffset(28)]
        internal ushort stx_mode;

        [FieldOffset(32)]
        internal ulong stx_ino;

        [FieldOffset(40)]
        internal ulong stx_size;

        [FieldOffset(136)]
        internal uint stx_dev_major;

        [FieldOffset(140)]
        internal uint stx_dev_minor;
    }

    [LibraryImport(Library)]
    internal static partial int statx(int dirfd, ReadOnlySpan<byte> pathname, int flags, uint mask, statx_t* statxbuf);

    [LibraryImport(Library)]
    internal static partial int fstat(int fd, stat_head* statbuf);

    [LibraryImport(Library)]
    internal static partial int stat(ReadOnlySpan<byte> pathname, stat_head* statbuf);

    [LibraryImport(Library)]
    internal static partial int lstat(ReadOnlySpan<byte> pathname, stat_head* statbuf);

    [LibraryImport(Library)]
    internal static partial uint umask(uint mask);

    [LibraryImport(Library)]
    internal static partial int mkdir(ReadOnlySpan<byte> pathname, uint mode);
}
