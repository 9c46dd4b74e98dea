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
}
