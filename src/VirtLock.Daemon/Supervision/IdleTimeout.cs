using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// Ends a daemon that nobody needs: no client is connected, no lease is held, nobody is being fenced, for the whole period.
/// </summary>
internal sealed class IdleTimeout(EpollLoop loop, TimeSpan period, Func<bool> isIdle, Action onExpired)
{
    private LoopTimer? _timer;

    private long _idleSince;

    /// <summary>How long the daemon has been idle; null while it is not.</summary>
    internal TimeSpan? IdleFor => _timer is null ? null : TimeSpan.FromMilliseconds(Environment.TickCount64 - _idleSince);

    /// <summary>To be called whenever the answer of <c>isIdle</c> may have changed.</summary>
    /// <param name="idleFor">How long the predecessor has been idle already.</param>
    internal void Update(TimeSpan idleFor = default)
    {
        if (period == TimeSpan.Zero || isIdle() == _timer is not null)
        {
            return;
        }

        if (_timer is null)
        {
            _idleSince = Environment.TickCount64 - (long)idleFor.TotalMilliseconds;
            _timer = loop.Schedule(period > idleFor ? period - idleFor : TimeSpan.Zero, onExpired);
        }
        else
        {
            _timer.Cancel();
            _timer = null;
        }
    }
}
