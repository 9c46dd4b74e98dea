using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Daemon.Tests.Processes;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Supervision;

/// <summary>Fencing of real processes, on the test's own thread.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FencerTests
{
    private const string Obedient = "echo ready; exec sleep 600";
    private const string Stubborn = "trap '' TERM; echo ready; exec sleep 600";

    private readonly EpollLoop _loop = new();
    private readonly InMemoryLockDriver _disk = new();
    private readonly RecordedLog _log = new();
    private readonly LockTable _table;
    private readonly Fencer _fencer;
    private int _disks;

    public FencerTests()
    {
        _table = new LockTable(_disk, TimeProvider.System);
        _fencer = new Fencer(_loop, _table, _log);
        _fencer.BecameIdle += _loop.Stop;
    }

    [Test]
    public void Process_that_obeys_is_dead_at_once_and_then_its_leases_are_freed()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);
        char stateWhenFreed = default;
        _table.Happened += happening =>
        {
            if (happening.Kind == LockEventKind.Released)
            {
                stateWhenFreed = child.State;
            }
        };

        _fencer.Fence(victim, Open(victim));
        Assert.That((_fencer.IsIdle, _table.HasLeases(victim)), Is.EqualTo((false, true)));
        _loop.RunWithPatience();

        // Dead, though its parent, which is us, has not reaped it.
        Assert.That(stateWhenFreed, Is.EqualTo('Z'));
        Assert.That(LibC.SignalOf(child.Reap()), Is.EqualTo(LibC.SIGTERM));
        Assert.That(_table.LeaseCount, Is.Zero);
        Assert.That(_log.Lines.Last(), Is.EqualTo($"2 leases of process {victim.Value} freed"));
    }

    [Test]
    public void Process_that_ignores_the_first_signal_is_killed_and_keeps_its_leases_until_then()
    {
        using StartedChild child = StartVictim(Stubborn, out ProcessId victim);
        bool heldBefore = false;
        long begun = Environment.TickCount64;
        _loop.Schedule(Fencer.KillDelay - TimeSpan.FromMilliseconds(200), () => heldBefore = _table.HasLeases(victim));

        _fencer.Fence(victim, Open(victim));
        _loop.RunWithPatience();

        Assert.That(heldBefore, Is.True);
        Assert.That(Environment.TickCount64 - begun, Is.GreaterThanOrEqualTo((long)Fencer.KillDelay.TotalMilliseconds));
        Assert.That(LibC.SignalOf(child.Reap()), Is.EqualTo(LibC.SIGKILL));
        Assert.That(_table.LeaseCount, Is.Zero);
    }

    [Test]
    public void Successor_goes_on_with_the_time_that_is_left()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);

        _fencer.Fence(victim, Open(victim), Fencer.KillDelay - TimeSpan.FromMilliseconds(20));
        _loop.RunWithPatience();

        Assert.That(LibC.SignalOf(child.Reap()), Is.EqualTo(LibC.SIGKILL), "the predecessor has sent the first signal");
    }

    [Test]
    public void Leases_of_a_process_that_will_not_die_are_freed_at_the_deadline()
    {
        // In place of a process stuck in the kernel: takes no signal, and never says that it is dead.
        using var undying = new TestEvent();
        var victim = new ProcessId(424242);
        Hold(victim);

        _fencer.Fence(victim, undying.Descriptor, Fencer.Deadline - TimeSpan.FromMilliseconds(20));
        _loop.RunWithPatience();

        Assert.That(_table.LeaseCount, Is.Zero);
        Assert.That(_log.Lines, Has.Some.Contains("process 424242 is not dead after 3 s; its leases are freed all the same"));
    }

    [Test]
    public void Leases_of_a_process_that_is_known_to_be_dead_are_freed_at_once()
    {
        var victim = new ProcessId(424242);
        Hold(victim);

        _fencer.Fence(victim, Descriptor.None);

        Assert.That((_fencer.IsIdle, _table.LeaseCount), Is.EqualTo((true, 0)));
    }

    [Test]
    public void Process_that_has_been_reaped_meanwhile_is_dead()
    {
        using StartedChild child = StartVictim("echo ready", out ProcessId victim);
        Descriptor process = Open(victim);
        child.Reap();

        _fencer.Fence(victim, process);

        Assert.That((_fencer.IsIdle, _table.LeaseCount), Is.EqualTo((true, 0)));
        Assert.That(IsPidfd(process), Is.False, "its descriptor is closed");
        Assert.That(_log.Lines, Has.None.Contains("cannot send"));
    }

    [Test]
    public void Process_that_is_being_fenced_is_not_fenced_twice()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);
        Descriptor[] descriptors = [Open(victim), Open(victim)];

        _fencer.Fence(victim, descriptors[0]);
        _fencer.Fence(victim, descriptors[1]);

        Assert.That(_fencer.UnderWay, Has.Count.EqualTo(1));
        Assert.That(IsPidfd(descriptors[1]), Is.False, "the second descriptor is closed");
        _loop.RunWithPatience();
        Assert.That(IsPidfd(descriptors[0]), Is.False, "and in the end the first");
    }

    [Test]
    public void Several_processes_are_fenced_side_by_side()
    {
        using StartedChild first = StartVictim(Stubborn, out ProcessId stubborn);
        using StartedChild second = StartVictim(Obedient, out ProcessId obedient);
        int idle = 0;
        var freed = new List<ProcessId>();
        _fencer.BecameIdle += () => idle++;
        _table.Happened += happening =>
        {
            if (happening.Kind == LockEventKind.Released)
            {
                freed.Add(happening.Owner.Pid);
            }
        };

        _fencer.Fence(stubborn, Open(stubborn), Fencer.KillDelay - TimeSpan.FromMilliseconds(300));
        _fencer.Fence(obedient, Open(obedient));
        _loop.RunWithPatience();

        Assert.That(freed, Is.EqualTo(new[] { obedient, obedient, stubborn, stubborn }));
        Assert.That(idle, Is.EqualTo(1), "idle when the last one is dealt with");
    }

    private static Descriptor Open(ProcessId process)
    {
        var descriptor = new Descriptor(LibC.pidfd_open((int)process.Value, 0));
        Assert.That(descriptor.IsNone, Is.False);
        return descriptor;
    }

    /// <summary>Whether the number is still a process's: others may have got it since.</summary>
    private static bool IsPidfd(Descriptor descriptor)
    {
        var link = new FileInfo($"/proc/self/fd/{descriptor}");
        return link.Exists && link.LinkTarget == "anon_inode:[pidfd]";
    }

    /// <summary>A child that holds two leases and has come so far that it takes signals as the script says.</summary>
    private StartedChild StartVictim(string script, out ProcessId victim)
    {
        var child = StartedChild.Shell(script);
        child.AwaitLine("ready");
        victim = new ProcessId((uint)child.Pid);
        Hold(victim);
        Hold(victim);
        return child;
    }

    private void Hold(ProcessId owner)
    {
        string disk = $"/disk{++_disks}";
        _disk.AddFile(disk);
        LockOutcome outcome = _table.Default.Acquire(
            new FilePath(disk).Bytes, Owner.OfPid(owner), LockMode.Exclusive, autocreate: false);
        Assert.That(outcome.IsGranted, Is.True);
    }
}
