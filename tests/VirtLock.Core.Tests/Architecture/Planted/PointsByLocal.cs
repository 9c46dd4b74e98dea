using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal static class PointsByLocal
{
    internal static string? Method(object value) => value is LibC.flock_t local ? local.ToString() : null;
}
