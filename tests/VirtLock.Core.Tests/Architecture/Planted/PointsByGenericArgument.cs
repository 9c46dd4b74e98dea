using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal static class PointsByGenericArgument
{
    internal static readonly List<KeyValuePair<int, LibC.flock_t>> Field = [];
}
