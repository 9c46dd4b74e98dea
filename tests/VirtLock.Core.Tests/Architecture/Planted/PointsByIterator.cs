using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal static class PointsByIterator
{
    internal static IEnumerable<string> Method()
    {
        yield return ErrorText.Of(LibC.ENOENT);
    }
}
