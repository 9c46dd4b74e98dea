using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Supervision;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade;

/// <summary>The parts of a daemon that its successor goes on with: a snapshot is taken of them, and restored into new ones.</summary>
/// <param name="Loop">The loop on which all of them live.</param>
/// <param name="Table">The locks and leases.</param>
/// <param name="Servers">The sockets with their clients.</param>
/// <param name="Fencer">Whoever is being ended.</param>
/// <param name="Timeout">How long there has been nothing to do.</param>
internal sealed record DaemonParts(EpollLoop Loop, LockTable Table, IReadOnlyList<Server> Servers, Fencer Fencer, IdleTimeout Timeout);
