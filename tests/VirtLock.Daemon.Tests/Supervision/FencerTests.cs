using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
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

        _fencer.Fence(new Victim(victim), Open(victim));
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

        _fencer.Fence(new Victim(victim), Open(victim));
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

        _fencer.Fence(new Victim(victim), Open(victim), Fencer.KillDelay - TimeSpan.FromMilliseconds(20));
        _loop.RunWithPatience();

        Assert.That(LibC.SignalOf(child.Reap()), Is.EqualTo(LibC.SIGKILL), "the predecessor has sent the first signal");
    }

    [Test]
    public void Successor_that_is_late_sends_SIGKILL_before_anything_else()
    {
        using StartedChild child = StartVictim(Stubborn, out ProcessId victim);

        _fencer.Fence(new Victim(victim), Open(victim), TimeSpan.FromMinutes(1));

        // Without a turn of the loop.
        Assert.That(LibC.SignalOf(child.Reap()), Is.EqualTo(LibC.SIGKILL));
        Assert.That(_table.HasLeases(victim), Is.True);
        _loop.RunWithPatience();
        Assert.That(_table.LeaseCount, Is.Zero);
    }

    [Test]
    public void Leases_of_a_process_that_will_not_die_stay_and_the_log_says_so_again_and_again()
    {
        using var undying = new TestEvent();
        var victim = new ProcessId(424242);
        Hold(victim);

        _fencer.Fence(new Victim(victim), ProcessHandle.Of(undying.Descriptor), Fencer.FirstReport - TimeSpan.FromMilliseconds(20));
        _loop.Schedule(TimeSpan.FromMilliseconds(100), _loop.Stop);
        _loop.RunWithPatience();

        Assert.That((_fencer.IsIdle, _table.HasLeases(victim)), Is.EqualTo((false, true)));
        Assert.That(_log.Lines, Has.One.EqualTo("process 424242 is still alive after 3 s; its leases stay until it is dead"));
    }

    [TestCase(3)]
    [TestCase(6)]
    [TestCase(24)]
    public void Report_comes_at_growing_intervals_across_an_upgrade(int seconds)
    {
        using var undying = new TestEvent();

        _fencer.Fence(
            new Victim(new ProcessId(424242)), ProcessHandle.Of(undying.Descriptor), TimeSpan.FromSeconds(seconds - 0.02));
        _loop.Schedule(TimeSpan.FromMilliseconds(100), _loop.Stop);
        _loop.RunWithPatience();

        Assert.That(_log.Lines.Where(line => line.Contains("still alive")), Is.EqualTo(
            new[] { $"process 424242 is still alive after {seconds} s; its leases stay until it is dead" }));
    }

    [Test]
    public void Leases_of_a_process_that_will_not_die_are_freed_when_the_configuration_wants_it()
    {
        // In place of a process stuck in the kernel: takes no signal, and never says that it is dead.
        using var undying = new TestEvent();
        var victim = new ProcessId(424242);
        var fencer = new Fencer(_loop, _table, _log, releaseAfter: TimeSpan.FromSeconds(3));
        fencer.BecameIdle += _loop.Stop;
        Hold(victim);

        fencer.Fence(new Victim(victim), ProcessHandle.Of(undying.Descriptor), TimeSpan.FromSeconds(2.98));
        _loop.RunWithPatience();

        Assert.That(_table.LeaseCount, Is.Zero);
        Assert.That(_log.Lines, Has.Some.Contains("process 424242 is not dead after 3 s; its leases are freed all the same"));
    }

    [Test]
    public void Process_that_could_not_be_looked_up_is_not_dead()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);

        _fencer.Fence(new Victim(victim, ProcessStart.Of(victim)), ProcessHandle.Failed(LibC.EMFILE));

        Assert.That((_fencer.IsIdle, _table.HasLeases(victim)), Is.EqualTo((false, true)));
        Assert.That(_log.Lines.Last(), Does.EndWith("it is tried again every second: Too many open files"));
        _loop.RunWithPatience();
        Assert.That(LibC.SignalOf(child.Reap()), Is.EqualTo(LibC.SIGTERM), "it is fenced as soon as it can be");
        Assert.That(_table.LeaseCount, Is.Zero);
    }

    [Test]
    public void Process_whose_start_is_not_known_is_not_signalled_by_its_pid_but_its_end_is_seen()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);
        _loop.Schedule(Fencer.RetryInterval + TimeSpan.FromMilliseconds(200), () =>
        {
            Assert.That((child.State, _table.HasLeases(victim)), Is.EqualTo(('S', true)));
            _ = LibC.kill(child.Pid, LibC.SIGKILL);
            child.Reap();
        });

        _fencer.Fence(new Victim(victim), ProcessHandle.Failed(LibC.EMFILE));
        _loop.RunWithPatience();

        Assert.That(_table.LeaseCount, Is.Zero);
    }

    [Test]
    public void Dead_owner_leaves_the_leases_of_a_later_process_with_its_pid_alone()
    {
        using StartedChild child = StartedChild.Shell(Obedient);
        child.AwaitLine("ready");
        var pid = new ProcessId((uint)child.Pid);
        ulong start = ProcessStart.Of(pid);
        string dead = Hold(pid, start - 1);
        string living = Hold(pid, start);

        _fencer.Fence(new Victim(pid, start - 1), ProcessHandle.Dead);

        Assert.That(_table.Default.Find(new FilePath(dead).Bytes), Is.Null);
        Assert.That(_table.Default.Find(new FilePath(living).Bytes), Is.Not.Null);
        Assert.That(child.State, Is.EqualTo('S'), "and the process as well");
    }

    [Test]
    public void Owner_that_dies_leaves_the_leases_of_the_next_process_with_its_pid_alone()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);
        ulong start = ProcessStart.Of(victim);
        string later = Hold(victim, start + 1);

        _fencer.Fence(new Victim(victim, start), Open(victim));
        _loop.RunWithPatience();

        Assert.That(_table.LeaseCount, Is.EqualTo(1));
        Assert.That(_table.Default.Find(new FilePath(later).Bytes), Is.Not.Null);
    }

    [Test]
    public void Nobody_is_killed_through_the_number_of_a_descriptor_that_was_closed()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);
        using StartedChild other = StartedChild.Shell(Obedient);
        other.AwaitLine("ready");
        DescriptorReserve.Fill();
        Descriptor process = Open(victim).Descriptor;
        Descriptor reused = Descriptor.None;
        var fencer = new Fencer(_loop, _table, _log);
        fencer.BecameIdle += () =>
        {
            reused = ProcessHandle.OfPid(new ProcessId((uint)other.Pid)).Descriptor;
            _loop.Schedule(TimeSpan.FromMilliseconds(300), _loop.Stop);
        };

        fencer.Fence(new Victim(victim), ProcessHandle.Of(process), Fencer.KillDelay - TimeSpan.FromMilliseconds(200));
        _ = LibC.kill(child.Pid, LibC.SIGTERM);
        _loop.RunWithPatience();

        Assert.That(reused, Is.EqualTo(process), "the kernel gives the lowest free number");
        Assert.That(other.State, Is.EqualTo('S'));
        reused.Close();
    }

    [Test]
    public void Leases_of_a_process_that_is_known_to_be_dead_are_freed_at_once()
    {
        var victim = new ProcessId(424242);
        Hold(victim);

        _fencer.Fence(new Victim(victim), ProcessHandle.Dead);

        Assert.That((_fencer.IsIdle, _table.LeaseCount), Is.EqualTo((true, 0)));
    }

    [Test]
    public void Process_that_has_been_reaped_meanwhile_is_dead()
    {
        using StartedChild child = StartVictim("echo ready", out ProcessId victim);
        Descriptor process = Open(victim).Descriptor;
        child.Reap();

        _fencer.Fence(new Victim(victim), ProcessHandle.Of(process));

        Assert.That((_fencer.IsIdle, _table.LeaseCount), Is.EqualTo((true, 0)));
        Assert.That(IsPidfd(process), Is.False, "its descriptor is closed");
        Assert.That(_log.Lines, Has.None.Contains("cannot send"));
    }

    [Test]
    public void Process_that_is_being_fenced_is_not_fenced_twice()
    {
        using StartedChild child = StartVictim(Obedient, out ProcessId victim);
        Descriptor[] descriptors = [Open(victim).Descriptor, Open(victim).Descriptor];

        _fencer.Fence(new Victim(victim), ProcessHandle.Of(descriptors[0]));
        _fencer.Fence(new Victim(victim), ProcessHandle.Of(descriptors[1]));

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

        _fencer.Fence(new Victim(stubborn), Open(stubborn), Fencer.KillDelay - TimeSpan.FromMilliseconds(300));
        _fencer.Fence(new Victim(obedient), Open(obedient));
        _loop.RunWithPatience();

        Assert.That(freed, Is.EqualTo(new[] { obedient, obedient, stubborn, stubborn }));
        Assert.That(idle, Is.EqualTo(1), "idle when the last one is dealt with");
    }

    private static ProcessHandle Open(ProcessId process)
    {
        var handle = ProcessHandle.OfPid(process);
        Assert.That(handle.Descriptor.IsNone, Is.False);
        return handle;
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

    private string Hold(ProcessId owner, ulong start = 0)
    {
        string disk = $"/disk{++_disks}";
        _disk.AddFile(disk);
        LockOutcome outcome = _table.Default.Acquire(
            new FilePath(disk).Bytes, Owner.OfPid(owner) with { ProcessStart = start }, LockMode.Exclusive, autocreate: false);
        Assert.That(outcome.IsGranted, Is.True);
        return disk;
    }
}
