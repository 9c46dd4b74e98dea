using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const short POLLOUT = 4;

    /// <summary>struct pollfd: poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct pollfd
    {
        internal int fd;
        internal short events;
        internal short revents;
    }

    [LibraryImport(Library)]
    internal static partial int poll(pollfd* fds, nuint nfds, int timeout);
}
