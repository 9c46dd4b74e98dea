using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal static class PointsByGenericArgument
{
    internal static readonly List<KeyValuePair<int, LoopTimer>> Field = [];
}
