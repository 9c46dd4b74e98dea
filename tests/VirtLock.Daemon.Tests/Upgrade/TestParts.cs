using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Upgrade;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>The parts of a daemon that serves nobody yet.</summary>
internal static class TestParts
{
    internal static DaemonParts New(ILockDriver driver, ILogger logger)
    {
        var loop = new EpollLoop();
        var table = new LockTable(driver, TimeProvider.System);
        var environment = new ServerEnvironment(loop, new TransferBuffers(), new HolderInquiry(loop, logger), TimeProvider.System, logger);
        var server = new Server(
            ServerSnapshot.LockServer, environment, new ServerLimits(7, 7), LibC.geteuid(), () => new LockSession(table), static _ => { });
        var timeout = new IdleTimeout(loop, TimeSpan.Zero, static () => false, static () => { });
        return new DaemonParts(loop, table, [server], new Fencer(loop, table, logger), timeout);
    }
}
