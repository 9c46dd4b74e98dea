using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>A hold on the peer's process that a recycled pid can't fool: pidfd_open(2).</summary>
internal static unsafe class PeerProcess
{
    /// <summary>A descriptor to give up when they have run out, as fencing needs one.</summary>
    private static int _reserve = -1;

    /// <summary>
    /// Whether the kernel remembers the peer's process with the socket (SO_PEERPIDFD, Linux 6.5). If so, the pidfd is asked for when it is needed and
    /// costs no descriptor before; if not, it has to be opened while the peer is sure to live: when it connects.
    /// </summary>
    internal static bool IsKeptBySocket { get; } = Probe();

    /// <summary>The peer's pidfd from its socket; -1 when the process has been reaped.</summary>
    internal static int OpenBySocket(int socket)
    {
        if (_reserve < 0)
        {
            _reserve = LibC.eventfd(0, LibC.EFD_CLOEXEC);
        }

        int descriptor = Ask(socket);
        if (descriptor < 0 && LibC.LastError is LibC.EMFILE or LibC.ENFILE)
        {
            // Not to be taken for a dead process, or its leases would be freed while it lives. The socket's own number will be free next.
            _ = LibC.close(_reserve);
            _reserve = -1;
            descriptor = Ask(socket);
        }

        return descriptor;
    }

    /// <summary>The pidfd of a process that is alive now; -1 when there is none of that pid.</summary>
    internal static int OpenByPid(ProcessId pid) => LibC.pidfd_open((int)pid.Value, 0);

    private static int Ask(int socket)
    {
        int descriptor;
        uint length = sizeof(int);
        return LibC.getsockopt(socket, LibC.SOL_SOCKET, LibC.SO_PEERPIDFD, &descriptor, &length) == 0 ? descriptor : -1;
    }

    private static bool Probe()
    {
        int* pair = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair) < 0)
        {
            return false;
        }

        int descriptor = OpenBySocket(pair[0]);
        bool isKept = descriptor >= 0;
        if (isKept)
        {
            _ = LibC.close(descriptor);
        }

        _ = LibC.close(pair[0]);
        _ = LibC.close(pair[1]);
        return isKept;
    }
}
