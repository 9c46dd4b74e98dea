namespace VirtLock.TestKit;

/// <summary>It is always the same second.</summary>
internal sealed class FrozenTime : TimeProvider
{
    public static readonly DateTimeOffset Now = new(2024, 2, 29, 12, 34, 56, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
