using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal static class PointsByLambda
{
    internal static Func<object> Method(int delay) => () => new LoopTimer(delay, static () => { });
}
