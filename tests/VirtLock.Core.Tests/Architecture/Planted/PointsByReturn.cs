using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal interface PointsByReturn
{
    LibC.flock_t[] Method();
}
