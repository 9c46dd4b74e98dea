using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// Which file a path or a descriptor leads to: stat(2). Null when the call fails, with the reason in <see cref="LibC.LastError"/>.
/// </summary>
internal static unsafe class FileStatus
{
    internal static FileIdentity? Identify(FilePath path)
    {
        LibC.stat_head status;
        return LibC.stat(path.NullTerminated, &status) == 0 ? new FileIdentity(status.st_dev, status.st_ino) : null;
    }

    internal static FileIdentity? Identify(Descriptor file)
    {
        LibC.stat_head status;
        return LibC.fstat(file.Number, &status) == 0 ? new FileIdentity(status.st_dev, status.st_ino) : null;
    }

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
