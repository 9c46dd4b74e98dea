using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>The peer's process by its socket: SO_PEERPIDFD, which the kernel has from Linux 6.5 on.</summary>
internal static unsafe class PeerProcess
{
    /// <summary>How far a time of connecting may lie before the start of who connected: it is kept in whole seconds.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private static bool? _isKeptBySocket;

    /// <summary>
    /// Whether the kernel remembers the peer's process with the socket. If so, the pidfd is asked for when it is needed and costs no
    /// descriptor before; if not, or as long as that can't be found out, it has to be opened while the peer is sure to live: when it
    /// connects.
    /// </summary>
    internal static bool IsKeptBySocket => (_isKeptBySocket ??= Probe()) ?? false;

    /// <summary>The peer's process from its socket.</summary>
    internal static ProcessHandle Of(Descriptor socket)
    {
        Descriptor process = DescriptorReserve.Open(() => Ask(socket));
        return process.IsNone
            ? LibC.LastError switch
            {
                // What kernels before 6.16 say of a process that was reaped.
                LibC.EINVAL => ProcessHandle.Dead,
                int errno => ProcessHandle.Failed(errno),
            }
            : ProcessHandle.Of(process);
    }

    /// <summary>
    /// The pidfd of a peer that connected to a predecessor which kept none, for a kernel that does not either: that of its pid, if who has
    /// it now was there already when the connection was made.
    /// </summary>
    /// <param name="peer">Who connected.</param>
    /// <param name="connectedAt">When, to the second.</param>
    /// <param name="now">The present time.</param>
    /// <returns>None when it is not known to be that process.</returns>
    internal static Descriptor OfEarlier(PeerIdentity peer, DateTimeOffset connectedAt, DateTimeOffset now)
    {
        Descriptor process = ProcessHandle.OfPid(peer.Pid).Descriptor;
        if (!process.IsNone
            && ProcessStart.Read(peer.Pid, out ulong start) == 0
            && ProcessStart.TimeOf(start, now) is { } startedAt
            && startedAt <= connectedAt + Slack)
        {
            return process;
        }

        process.Close();
        return Descriptor.None;
    }

    private static Descriptor Ask(Descriptor socket)
    {
        int number;
        uint length = sizeof(int);
        return LibC.getsockopt(socket.Number, LibC.SOL_SOCKET, LibC.SO_PEERPIDFD, &number, &length) == 0
            ? new Descriptor(number)
            : Descriptor.None;
    }

    /// <returns>Null when something else kept the kernel from answering.</returns>
    private static bool? Probe()
    {
        int* pair = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair) < 0)
        {
            return null;
        }

        var socket = new Descriptor(pair[0]);
        ProcessHandle process = Of(socket);
        process.Descriptor.Close();
        socket.Close();
        new Descriptor(pair[1]).Close();
        DescriptorReserve.Fill();
        return process switch
        {
            { Descriptor.IsNone: false } => true,
            { Errno: LibC.ENOPROTOOPT } => false,
            _ => null,
        };
    }
}
