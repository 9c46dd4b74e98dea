using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal sealed unsafe class PointsByField
{
    internal readonly LibC.flock_t*[] Field = [];
}
