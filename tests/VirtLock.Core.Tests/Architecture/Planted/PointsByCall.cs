using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal static class PointsByCall
{
    internal static int Method() => LibC.getpid();
}
