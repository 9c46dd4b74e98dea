namespace VirtLock.TestKit.Processes;

/// <summary>Waiting for another process: a condition, a bound, and what to say when it does not come true.</summary>
internal static class Eventually
{
    public static readonly TimeSpan DefaultBound = TimeSpan.FromSeconds(10);

    public static void True(Func<bool> condition, string what, TimeSpan? bound = null)
    {
        TimeSpan limit = bound ?? DefaultBound;
        if (!SpinWait.SpinUntil(condition, limit))
        {
            Assert.Fail($"Within {limit.TotalSeconds:0.#} s it did not come true that {what}.");
        }
    }
}
