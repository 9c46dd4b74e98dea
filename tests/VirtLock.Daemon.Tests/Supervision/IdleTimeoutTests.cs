using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Tests.EventLoop;

namespace VirtLock.Daemon.Tests.Supervision;

/// <summary>When a daemon that nobody needs ends.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class IdleTimeoutTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly EpollLoop _loop = new();
    private bool _isIdle = true;
    private int _expired;

    [Test]
    public void Expires_when_the_daemon_has_been_idle_for_the_whole_period()
    {
        IdleTimeout timeout = Create(Period);
        long begun = Environment.TickCount64;

        timeout.Update();
        _loop.RunWithPatience();

        Assert.That(_expired, Is.EqualTo(1));
        Assert.That(Environment.TickCount64 - begun, Is.GreaterThanOrEqualTo((long)Period.TotalMilliseconds));
    }

    [Test]
    public void Period_begins_anew_after_the_daemon_was_needed()
    {
        IdleTimeout timeout = Create(Period);
        long idleAgain = 0;
        timeout.Update();
        SetIdle(timeout, false);
        _loop.Schedule(Period * 2, () =>
        {
            Assert.That(_expired, Is.Zero);
            idleAgain = Environment.TickCount64;
            SetIdle(timeout, true);
        });

        _loop.RunWithPatience();

        Assert.That(_expired, Is.EqualTo(1));
        Assert.That(Environment.TickCount64 - idleAgain, Is.GreaterThanOrEqualTo((long)Period.TotalMilliseconds));
    }

    [Test]
    public void Period_goes_on_while_nothing_changes()
    {
        IdleTimeout timeout = Create(Long);
        timeout.Update(TimeSpan.FromMinutes(10));

        timeout.Update();

        Assert.That(timeout.IdleFor, Is.GreaterThanOrEqualTo(TimeSpan.FromMinutes(10)));
    }

    [Test]
    public void Time_that_the_predecessor_was_idle_counts()
    {
        IdleTimeout timeout = Create(Long);

        timeout.Update(idleFor: Long - Period);
        _loop.RunWithPatience();

        Assert.That(_expired, Is.EqualTo(1));
    }

    [Test]
    public void Predecessor_that_was_idle_for_longer_than_the_period_ends_the_daemon_at_once()
    {
        IdleTimeout timeout = Create(Period);

        timeout.Update(idleFor: Long);
        _loop.RunWithPatience();

        Assert.That(_expired, Is.EqualTo(1));
    }

    [Test]
    public void Daemon_that_is_needed_is_idle_for_no_time()
    {
        IdleTimeout timeout = Create(Long);
        _isIdle = false;

        timeout.Update();

        Assert.That(timeout.IdleFor, Is.Null);
    }

    [Test]
    public void Period_of_zero_is_none()
    {
        IdleTimeout timeout = Create(TimeSpan.Zero);

        timeout.Update();
        _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);
        _loop.RunWithPatience();

        Assert.That((_expired, timeout.IdleFor), Is.EqualTo((0, (TimeSpan?)null)));
    }

    private IdleTimeout Create(TimeSpan period) => new(_loop, period, () => _isIdle, () =>
    {
        _expired++;
        _loop.Stop();
    });

    private void SetIdle(IdleTimeout timeout, bool isIdle)
    {
        _isIdle = isIdle;
        timeout.Update();
    }
}
