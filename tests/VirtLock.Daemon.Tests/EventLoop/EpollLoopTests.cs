using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using VirtLock.Daemon.EventLoop;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.EventLoop;

/// <summary>The loop on real descriptors, on the test's own thread.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EpollLoopTests
{
    private readonly EpollLoop _loop = new();

    [Test]
    public void Every_ready_descriptor_reaches_its_own_handler()
    {
        // More at once than one wait fetches, and higher numbers than there is room for at first.
        const int Count = 300;
        var events = Enumerable.Range(0, Count).Select(_ => new TestEvent(isRaised: true)).ToList();
        var reached = new List<int>();
        for (int i = 0; i < Count; i++)
        {
            int index = i;
            _loop.Add(events[i].Descriptor, LibC.EPOLLIN, new TestHandler(_ =>
            {
                events[index].Clear();
                reached.Add(index);
                if (reached.Count == Count)
                {
                    _loop.Stop();
                }
            }));
        }

        _loop.RunWithPatience();

        Assert.That(reached, Is.EquivalentTo(Enumerable.Range(0, Count)));
        events.ForEach(each => each.Dispose());
    }

    [Test]
    public void Readiness_is_reported_until_it_is_dealt_with()
    {
        using var ready = new TestEvent(isRaised: true);
        int calls = 0;
        _loop.Add(ready.Descriptor, LibC.EPOLLIN, new TestHandler(_ =>
        {
            if (++calls == 3)
            {
                _loop.Stop();
            }
        }));

        _loop.RunWithPatience();

        Assert.That(calls, Is.EqualTo(3));
    }

    [Test]
    public void Descriptor_is_watched_for_what_it_was_last_changed_to()
    {
        using var writable = new TestEvent();
        var seen = new List<uint>();
        _loop.Add(writable.Descriptor, LibC.EPOLLIN, new TestHandler(events =>
        {
            seen.Add(events);
            _loop.Stop();
        }));
        _loop.Schedule(TimeSpan.FromMilliseconds(1), () => _loop.Modify(writable.Descriptor, LibC.EPOLLOUT));

        _loop.RunWithPatience();

        Assert.That(seen, Is.EqualTo(new[] { LibC.EPOLLOUT }));
    }

    [Test]
    public void Timer_fires_although_events_keep_coming()
    {
        using var ready = new TestEvent(isRaised: true);
        var handler = new TestHandler(_ => { });
        _loop.Add(ready.Descriptor, LibC.EPOLLIN, handler);
        _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);

        _loop.RunWithPatience();

        Assert.That(handler.Calls, Is.GreaterThan(1));
    }

    [Test]
    public void Timers_fire_in_the_order_of_their_times_and_not_early()
    {
        var fired = new List<int>();
        long begun = Environment.TickCount64;
        _loop.Schedule(TimeSpan.FromMilliseconds(60), _loop.Stop);
        foreach (int delay in (int[])[40, 10, 30, 20])
        {
            _loop.Schedule(TimeSpan.FromMilliseconds(delay), () => fired.Add(delay));
        }

        _loop.RunWithPatience();

        Assert.That(fired, Is.EqualTo(new[] { 10, 20, 30, 40 }));
        Assert.That(Environment.TickCount64 - begun, Is.GreaterThanOrEqualTo(60));
    }

    [Test]
    public void Timer_may_schedule_another()
    {
        _loop.Schedule(TimeSpan.Zero, () => _loop.Schedule(TimeSpan.FromMilliseconds(1), _loop.Stop));

        _loop.RunWithPatience();

        Assert.Pass("the second one stopped the loop");
    }

    [Test]
    public void Cancelled_timer_does_not_fire()
    {
        var fired = new List<string>();
        LoopTimer beforehand = _loop.Schedule(TimeSpan.FromMilliseconds(1), () => fired.Add("cancelled beforehand"));
        LoopTimer late = _loop.Schedule(TimeSpan.FromMilliseconds(20), () => fired.Add("cancelled by an earlier one"));
        _loop.Schedule(TimeSpan.FromMilliseconds(10), () =>
        {
            fired.Add("kept");
            late.Cancel();
        });
        _loop.Schedule(TimeSpan.FromMilliseconds(30), _loop.Stop);
        beforehand.Cancel();

        _loop.RunWithPatience();

        Assert.That(fired, Is.EqualTo(new[] { "kept" }));
    }

    [Test]
    public void All_that_was_posted_is_done_for_one_wake_up_in_order()
    {
        var done = new List<int>();
        _loop.Post(() => done.Add(1));
        _loop.Post(_loop.Stop);
        _loop.Post(() => done.Add(2));

        _loop.RunWithPatience();

        Assert.That(done, Is.EqualTo(new[] { 1, 2 }), "what was posted after the stop belongs to the same turn");
    }

    [Test]
    public void What_other_threads_post_is_done_on_the_loops_thread_and_nothing_is_lost()
    {
        const int Threads = 4;
        const int Posts = 2000;
        var done = Enumerable.Range(0, Threads).Select(_ => new List<int>()).ToArray();
        var foreign = 0;
        int total = 0;
        Thread loopThread = Thread.CurrentThread;
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            for (int i = 0; i < Posts; i++)
            {
                int post = i;
                _loop.Post(() =>
                {
                    foreign += Thread.CurrentThread == loopThread ? 0 : 1;
                    done[number].Add(post);
                    if (++total == Threads * Posts)
                    {
                        _loop.Stop();
                    }
                });
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());

        _loop.RunWithPatience();

        Assert.That(foreign, Is.Zero);
        Assert.That(done, Has.All.EqualTo(Enumerable.Range(0, Posts)), "each thread's in its order");
    }

    [Test]
    public void Event_of_a_removed_descriptor_is_dropped_though_it_was_fetched_already()
    {
        using var first = new TestEvent(isRaised: true);
        using var second = new TestEvent(isRaised: true);
        TestHandler[] handlers = [RemoverOf(second), RemoverOf(first)];
        _loop.Add(first.Descriptor, LibC.EPOLLIN, handlers[0]);
        _loop.Add(second.Descriptor, LibC.EPOLLIN, handlers[1]);

        _loop.RunWithPatience();

        Assert.That(handlers.Sum(handler => handler.Calls), Is.EqualTo(1));
    }

    [Test]
    public void Event_of_a_closed_descriptor_never_reaches_the_new_owner_of_its_number()
    {
        using var first = new TestEvent(isRaised: true);
        using var second = new TestEvent(isRaised: true);
        var newOwner = new TestHandler(_ => { });
        TestHandler[] handlers = [ReplacerOf(second, newOwner), ReplacerOf(first, newOwner)];
        _loop.Add(first.Descriptor, LibC.EPOLLIN, handlers[0]);
        _loop.Add(second.Descriptor, LibC.EPOLLIN, handlers[1]);

        _loop.RunWithPatience();

        Assert.That(handlers.Sum(handler => handler.Calls), Is.EqualTo(1), "both were ready in one turn");
        Assert.That(newOwner.Calls, Is.Zero);
    }

    [Test]
    public void Stop_lets_the_present_turn_end()
    {
        using var first = new TestEvent(isRaised: true);
        using var second = new TestEvent(isRaised: true);
        var stopper = new TestHandler(_ => _loop.Stop());
        _loop.Add(first.Descriptor, LibC.EPOLLIN, stopper);
        _loop.Add(second.Descriptor, LibC.EPOLLIN, stopper);

        _loop.RunWithPatience();

        Assert.That(stopper.Calls, Is.EqualTo(2));
    }

    [Test]
    public void Handler_that_throws_costs_neither_the_loop_nor_the_others()
    {
        using var first = new TestEvent(isRaised: true);
        using var second = new TestEvent(isRaised: true);
        var failures = new List<Exception>();
        var failing = new TestHandler(_ => throw new InvalidOperationException("handler"));
        var sound = new TestHandler(_ => { });
        _loop.Failed += failures.Add;
        _loop.Add(first.Descriptor, LibC.EPOLLIN, failing);
        _loop.Add(second.Descriptor, LibC.EPOLLIN, sound);
        _loop.Schedule(TimeSpan.FromMilliseconds(100), _loop.Stop);

        _loop.Run();

        Assert.That(failures.Select(failure => failure.Message), Is.EqualTo(new[] { "handler" }), "it is left alone for a while");
        Assert.That(sound.Calls, Is.GreaterThan(1));
    }

    [Test]
    public void Handler_that_threw_is_asked_again_later()
    {
        using var ready = new TestEvent(isRaised: true);
        TestHandler handler = null!;
        handler = new TestHandler(_ =>
        {
            if (handler.Calls == 1)
            {
                throw new InvalidOperationException("once");
            }

            _loop.Stop();
        });
        _loop.Failed += _ => { };
        _loop.Add(ready.Descriptor, LibC.EPOLLIN, handler);

        _loop.Run();

        Assert.That(handler.Calls, Is.EqualTo(2));
    }

    [Test]
    public void Descriptor_whose_handler_threw_can_be_removed_and_its_number_used_again()
    {
        using var ready = new TestEvent(isRaised: true);
        var failing = new TestHandler(_ => throw new InvalidOperationException("handler"));
        var next = new TestHandler(_ => _loop.Stop());
        _loop.Failed += _ =>
        {
            _loop.Post(() =>
            {
                _loop.Modify(ready.Descriptor, LibC.EPOLLIN);
                _loop.Remove(ready.Descriptor);
                _loop.Add(ready.Descriptor, LibC.EPOLLIN, next);
            });
        };
        _loop.Add(ready.Descriptor, LibC.EPOLLIN, failing);

        _loop.Run();

        Assert.That((failing.Calls, next.Calls), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Timer_and_posted_action_that_throw_cost_only_themselves()
    {
        var failures = new List<string>();
        var done = new List<string>();
        _loop.Failed += failure => failures.Add(failure.Message);
        _loop.Post(() => throw new InvalidOperationException("posted"));
        _loop.Post(() => done.Add("posted"));
        _loop.Schedule(TimeSpan.FromMilliseconds(5), () => throw new InvalidOperationException("timer"));
        _loop.Schedule(TimeSpan.FromMilliseconds(10), () => done.Add("timer"));
        _loop.Schedule(TimeSpan.FromMilliseconds(20), _loop.Stop);

        _loop.Run();

        Assert.That(failures, Is.EqualTo(new[] { "posted", "timer" }));
        Assert.That(done, Is.EqualTo(new[] { "posted", "timer" }));
    }

    [Test]
    public void Log_that_fails_with_the_handler_costs_its_line()
    {
        _loop.Failed += _ => throw new InvalidOperationException("log");
        _loop.Post(() => throw new InvalidOperationException("posted"));
        _loop.Schedule(TimeSpan.FromMilliseconds(5), _loop.Stop);

        _loop.Run();

        Assert.Pass("the loop turned until it was stopped");
    }

    [Test]
    public void What_can_not_be_watched_is_refused_with_the_reason()
    {
        using SafeFileHandle file = File.OpenHandle("/proc/self/exe");
        var descriptor = new Descriptor((int)file.DangerousGetHandle());
        var handler = new TestHandler(_ => { });

        Assert.That(_loop.TryAdd(descriptor, LibC.EPOLLIN, handler), Is.False);
        Assert.That(LibC.LastError, Is.EqualTo(LibC.EPERM));
        Assert.That(() => _loop.Add(descriptor, LibC.EPOLLIN, handler), Throws.TypeOf<Win32Exception>());
    }

    private TestHandler RemoverOf(TestEvent other) => new(_ =>
    {
        _loop.Remove(other.Descriptor);
        _loop.Stop();
    });

    /// <summary>
    /// Closes a descriptor and has another, which is not ready, get its number, in one step, as other threads open files as well.
    /// </summary>
    private TestHandler ReplacerOf(TestEvent other, TestHandler newOwner) => new(_ =>
    {
        using var unready = new TestEvent();
        _loop.Remove(other.Descriptor);
        Assert.That(LibC.dup2(unready.Descriptor.Number, other.Descriptor.Number), Is.EqualTo(other.Descriptor.Number));
        _loop.Add(other.Descriptor, LibC.EPOLLIN, newOwner);
        _loop.Stop();
    });
}
