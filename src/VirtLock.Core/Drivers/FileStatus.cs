using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>Which file a path or a descriptor leads to: stat(2). Null when the call fails, with the reason in <see cref="LibC.LastError"/>.</summary>
internal static unsafe class FileStatus
{
    internal static FileIdentity? Identify(FilePath path)
    {
        LibC.stat_head status;
        fixed (byte* name = path.NullTerminated)
        {
            return LibC.stat(name, &status) == 0 ? new FileIdentity(status.st_dev, status.st_ino) : null;
        }
    }

    internal static FileIdentity? Identify(int descriptor)
    {
        LibC.stat_head status;
        return LibC.fstat(descriptor, &status) == 0 ? new FileIdentity(status.st_dev, status.st_ino) : null;
    }
}
