namespace VirtLock;

/// <summary>
/// How much longer to wait, and how long until the next try: growing, so that a long wait costs little and a short one ends soon.
/// </summary>
internal struct WaitTime
{
    /// <summary>What timers take.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider _time;
    private readonly TimeSpan _wait;
    private readonly TimeSpan _longestInterval;
    private readonly long _start;
    private TimeSpan _interval;

    internal WaitTime(TimeProvider time, TimeSpan wait, TimeSpan longestInterval)
    {
        _time = time;
        _wait = wait;
        _longestInterval = longestInterval;
        _start = wait == TimeSpan.Zero ? 0 : time.GetTimestamp();
        _interval = FirstInterval;
    }

    internal readonly bool IsOver => _wait == TimeSpan.Zero || (_wait != Timeout.InfiniteTimeSpan && Left <= TimeSpan.Zero);

    /// <summary>To the end of the wait.</summary>
    internal readonly TimeSpan Rest => _wait == Timeout.InfiniteTimeSpan ? _wait : Max(Left, TimeSpan.Zero);

    private readonly TimeSpan Left => _wait - _time.GetElapsedTime(_start);

    internal static void Require(TimeSpan wait)
    {
        if (wait != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(wait, Longest);
        }
    }

    /// <summary>To the next try.</summary>
    internal TimeSpan NextInterval()
    {
        TimeSpan next = Min(_interval, _longestInterval);
        _interval = next * 2;
        return _wait == Timeout.InfiniteTimeSpan ? next : Min(next, Rest);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
