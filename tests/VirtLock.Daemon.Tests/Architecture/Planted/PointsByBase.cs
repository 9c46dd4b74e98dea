using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal sealed class PointsByBase : List<LoopTimer>;
