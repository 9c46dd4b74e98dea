using Microsoft.Extensions.Logging.Abstractions;
using VirtLock.Daemon;
using VirtLock.Daemon.Configuration;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Supervision;
using VirtLock.Drivers;
using VirtLock.Locking;

using var loop = new EpollLoop();
using var buffers = new TransferBuffers();
var daemon = new LockDaemon(loop, new LockSpaces(new FcntlLockDriver(), TimeProvider.System), new DaemonOptions(), buffers, TimeProvider.System, NullLoggerFactory.Instance);
Directory.CreateDirectory("/run/libvirt");
using (var binder = new SocketBinder("/run/libvirt"))
{
    daemon.LockServer.Listen(binder.Bind("/run/libvirt/virtlockd-sock"));
    daemon.AdminServer.Listen(binder.Bind("/run/libvirt/virtlockd-admin-sock"));
}

SignalMask.Block();
_ = new Signals(loop, daemon.End, () => { });
Readiness.Announce();
daemon.Run();
return 0;
