using System.Runtime.InteropServices;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// What a path or a descriptor leads to: stat(2). Null when the call fails, with the reason in <see cref="LibC.LastError"/>.
/// </summary>
/// <param name="Identity">Which file.</param>
/// <param name="Mode">Its type and mode.</param>
internal readonly unsafe record struct FileStatus(FileIdentity Identity, uint Mode)
{
    /// <summary>Where st_mode stands in struct stat: behind st_nlink on x86-64, before it on arm64.</summary>
    private static readonly int ModeOffset = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 16 : 24;

    internal bool IsRegular => Type == LibC.S_IFREG;

    internal bool IsDirectory => Type == LibC.S_IFDIR;

    internal bool IsBlockDevice => Type == LibC.S_IFBLK;

    internal bool IsSymbolicLink => Type == LibC.S_IFLNK;

    private uint Type => Mode & LibC.S_IFMT;

    internal static FileStatus? Of(FilePath path)
    {
        LibC.stat_head status;
        return LibC.stat(path.NullTerminated, &status) == 0 ? Read(&status) : null;
    }

    internal static FileStatus? Of(Descriptor file)
    {
        LibC.stat_head status;
        return LibC.fstat(file.Number, &status) == 0 ? Read(&status) : null;
    }

    /// <summary>Of what has this very name, should it be a symbolic link: lstat(2).</summary>
    internal static FileStatus? OfName(FilePath path)
    {
        LibC.stat_head status;
        return LibC.lstat(path.NullTerminated, &status) == 0 ? Read(&status) : null;
    }

    internal static FileIdentity? Identify(FilePath path) => Of(path)?.Identity;

    internal static FileIdentity? Identify(Descriptor file) => Of(file)?.Identity;

    private static FileStatus Read(LibC.stat_head* status) =>
        new(new FileIdentity(status->st_dev, status->st_ino), *(uint*)((byte*)status + ModeOffset));

    /// <summary>The same by what the kernel remembers of the open file: a file system that hangs is not asked.</summary>
    internal static FileIdentity? Recall(Descriptor file)
    {
        const int Flags = LibC.AT_EMPTY_PATH | LibC.AT_STATX_DONT_SYNC;
        LibC.statx_t status;
        return LibC.statx(file.Number, "\0"u8, Flags, LibC.STATX_INO, &status) == 0
            ? new FileIdentity(MakeDevice(status.stx_dev_major, status.stx_dev_minor), status.stx_ino)
            : null;
    }

    /// <summary>st_dev as stat(2) has it: makedev(3).</summary>
    private static ulong MakeDevice(ulong major, ulong minor) =>
        ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
}
