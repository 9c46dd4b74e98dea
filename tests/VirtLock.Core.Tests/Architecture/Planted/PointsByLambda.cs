using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

internal static class PointsByLambda
{
    internal static Func<int, string> Method(int offset) => number => ErrorText.Of(number + offset);
}
