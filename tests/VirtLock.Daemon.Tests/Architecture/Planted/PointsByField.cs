using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal sealed class PointsByField
{
    internal readonly LoopTimer[][] Field = [];
}
