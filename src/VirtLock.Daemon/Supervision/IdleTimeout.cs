using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Supervision;

/// <summary>Ends a daemon that nobody needs: no client is connected, no lease is held, nobody is being fenced, for the whole period.</summary>
internal sealed class IdleTimeout(EpollLoop loop, TimeSpan period, Func<bool> isIdle, Action onExpired)
{
    private LoopTimer? _timer;

    /// <summary>To be called whenever the answer of <c>isIdle</c> may have changed.</summary>
    internal void Update()
    {
        if (period == TimeSpan.Zero || isIdle() == _timer is not null)
        {
            return;
        }

        if (_timer is null)
        {
            _timer = loop.Schedule(period, onExpired);
        }
        else
        {
            _timer.Cancel();
            _timer = null;
        }
    }
}
