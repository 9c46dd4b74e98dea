using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>The process that called connect(), as the kernel noted it then: SO_PEERCRED of unix(7).</summary>
/// <param name="Pid">Its pid.</param>
/// <param name="UserId">Its effective uid.</param>
/// <param name="GroupId">Its effective gid.</param>
internal readonly record struct PeerIdentity(ProcessId Pid, uint UserId, uint GroupId)
{
    /// <summary>Asks the kernel; null when the descriptor is no Unix socket.</summary>
    internal static unsafe PeerIdentity? Of(Descriptor socket)
    {
        LibC.ucred credentials;
        uint length = (uint)sizeof(LibC.ucred);
        return LibC.getsockopt(socket.Number, LibC.SOL_SOCKET, LibC.SO_PEERCRED, &credentials, &length) == 0
            ? new PeerIdentity(new ProcessId((uint)credentials.pid), credentials.uid, credentials.gid)
            : null;
    }
}
