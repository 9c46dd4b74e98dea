using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal static class PointsByLocal
{
    internal static string? Method(object value) => value is LoopTimer local ? local.ToString() : null;
}
