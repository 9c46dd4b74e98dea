using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal interface PointsByReturn
{
    LoopTimer[] Method();
}
