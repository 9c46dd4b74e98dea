using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal static class PointsByParameter
{
    internal static void Method(in LibC.flock_t parameter) => _ = parameter.GetHashCode();
}
