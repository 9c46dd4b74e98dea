using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal static class PointsByIterator
{
    internal static IEnumerable<object> Method()
    {
        yield return new EpollLoop();
    }
}
