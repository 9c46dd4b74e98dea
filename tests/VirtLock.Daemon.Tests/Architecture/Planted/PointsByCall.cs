using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal static class PointsByCall
{
    internal static object Method() => new EpollLoop();
}
