using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal sealed class PointsByBase : List<LibC.flock_t>;
