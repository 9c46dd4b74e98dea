using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

internal static class PointsByParameter
{
    internal static void Method(in LoopTimer parameter) => _ = parameter.GetHashCode();
}
