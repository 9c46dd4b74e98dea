using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>A hold on the peer's process that a recycled pid can't fool: pidfd_open(2).</summary>
internal static unsafe class PeerProcess
{
    /// <summary>A descriptor to give up when they have run out, as fencing needs one.</summary>
    private static Descriptor _reserve;

    /// <summary>
    /// Whether the kernel remembers the peer's process with the socket (SO_PEERPIDFD, Linux 6.5). If so, the pidfd is asked for when it is
    /// needed and costs no descriptor before; if not, it has to be opened while the peer is sure to live: when it connects.
    /// </summary>
    internal static bool IsKeptBySocket { get; } = Probe();

    /// <summary>The peer's pidfd from its socket; none when the process has been reaped.</summary>
    internal static Descriptor OpenBySocket(Descriptor socket)
    {
        if (_reserve.IsNone)
        {
            _reserve = new Descriptor(LibC.eventfd(0, LibC.EFD_CLOEXEC));
        }

        Descriptor process = Ask(socket);
        if (process.IsNone && LibC.LastError is LibC.EMFILE or LibC.ENFILE)
        {
            // Not to be taken for a dead process, or its leases would be freed while it lives. The socket's own number will be free next.
            _reserve.Close();
            _reserve = Descriptor.None;
            process = Ask(socket);
        }

        return process;
    }

    /// <summary>The pidfd of a process that is alive now; none when there is none of that pid.</summary>
    internal static Descriptor OpenByPid(ProcessId pid) => new(LibC.pidfd_open((int)pid.Value, 0));

    private static Descriptor Ask(Descriptor socket)
    {
        int number;
        uint length = sizeof(int);
        return LibC.getsockopt(socket.Number, LibC.SOL_SOCKET, LibC.SO_PEERPIDFD, &number, &length) == 0
            ? new Descriptor(number)
            : Descriptor.None;
    }

    private static bool Probe()
    {
        int* pair = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair) < 0)
        {
            return false;
        }

        var socket = new Descriptor(pair[0]);
        Descriptor process = OpenBySocket(socket);
        process.Close();
        socket.Close();
        new Descriptor(pair[1]).Close();
        return !process.IsNone;
    }
}
