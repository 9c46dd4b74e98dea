
namespace VirtLock.Core.Tests.InProcess;

/// <summary>Bounds for what another thread has to do.</summary>
internal static class Patience
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static void Until(Func<bool> condition, string what) =>
        Assert.That(SpinWait.SpinUntil(condition, Bound), Is.True, $"Within {Bound.TotalSeconds} s it did not come true that {what}.");
}
