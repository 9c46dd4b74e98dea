using System.Diagnostics;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>Owners that lose their connection and will not die: ended side by side, and at nobody else's cost.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class FencingTests
{
    // libvirt's daemon keeps everybody waiting for some 2.7 s here; this allows for a busy test machine, and no more.
    private static readonly TimeSpan LongestReply = TimeSpan.FromMilliseconds(250);

    // SIGKILL comes 1.6 s after SIGTERM; one after the other ten owners would take 16 s.
    private static readonly TimeSpan OneDeadline = TimeSpan.FromSeconds(4.5);

    /// <summary>Whoever writes it chooses the next pid: proc_sys_kernel(5).</summary>
    private const string LastPid = "/proc/sys/kernel/ns_last_pid";

    private readonly List<Peer> _guests = [];
    private DaemonSandbox _daemon = null!;

    [SetUp]
    public void StartDaemon() => _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);

    [TearDown]
    public void StopDaemon()
    {
        _guests.ForEach(guest => guest.Dispose());
        _guests.Clear();
        _daemon?.Dispose();
    }

    [Test]
    public void Other_clients_are_served_while_an_owner_is_being_ended()
    {
        string file = NewFile("other.img");
        Peer guest = StartStubbornGuest("victim.img");
        using WireClient client = _daemon.ConnectAs(424242);
        TimeSpan longest = TimeSpan.Zero;
        int calls = 0;

        guest.Disconnect();
        Stopwatch whole = Stopwatch.StartNew();
        while (guest.IsAlive && whole.Elapsed < Eventually.DefaultBound)
        {
            Stopwatch one = Stopwatch.StartNew();
            Refusal.AssertOk(client.Acquire("", file));
            Refusal.AssertOk(client.Release("", file));
            longest = one.Elapsed > longest ? one.Elapsed : longest;
            calls += 2;
        }

        TestContext.Out.WriteLine(
            $"{calls} calls in {whole.ElapsedMilliseconds} ms; the longest pair took {longest.TotalMilliseconds:0.0} ms");
        Assert.That(guest.IsAlive, Is.False);
        Assert.That(whole.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(1)), "the guest ignores SIGTERM, so only SIGKILL ended it");
        Assert.That(longest, Is.LessThan(LongestReply));
    }

    [Test]
    public void Ten_owners_are_ended_within_one_deadline()
    {
        for (int i = 0; i < 10; i++)
        {
            StartStubbornGuest($"disk{i}.img");
        }

        Stopwatch whole = Stopwatch.StartNew();
        _guests.ForEach(guest => guest.Disconnect());
        _guests.ForEach(guest => guest.WaitUntilDead());

        TestContext.Out.WriteLine($"ten owners ended in {whole.ElapsedMilliseconds} ms");
        Assert.That(whole.Elapsed, Is.LessThan(OneDeadline));
        Eventually.True(
            () => Enumerable.Range(0, 10).All(i => LockProbe.Of(Path.Combine(_daemon.Sandbox.Directory, $"disk{i}.img")) == LockState.Free),
            "all leases are freed");
    }

    [Test]
    public void Stopping_ends_all_owners_within_one_deadline()
    {
        for (int i = 0; i < 3; i++)
        {
            StartStubbornGuest($"disk{i}.img");
        }

        Stopwatch whole = Stopwatch.StartNew();
        _daemon.Daemon.Signal("TERM");

        Assert.That(_daemon.Daemon.WaitForExit(), Is.Zero, _daemon.Daemon.StandardError);
        TestContext.Out.WriteLine($"stopped in {whole.ElapsedMilliseconds} ms");
        Assert.That(whole.Elapsed, Is.LessThan(OneDeadline));
        _guests.ForEach(guest => guest.WaitUntilDead());
    }

    [Test]
    public void The_lease_of_an_owner_that_is_being_ended_is_still_refused_to_others()
    {
        Peer guest = StartStubbornGuest("victim.img");
        string file = Path.Combine(_daemon.Sandbox.Directory, "victim.img");
        using WireClient client = _daemon.ConnectAs(424242);

        guest.Disconnect();
        bool granted = SpinWait.SpinUntil(() => client.Acquire("", file).IsOk, Eventually.DefaultBound);

        Assert.That(granted, Is.True);
        Assert.That(guest.IsAlive, Is.False, "the lease was granted while its owner still ran");
        Refusal.AssertOk(client.Release("", file));
    }

    [Test]
    public void Owner_with_two_connections_that_closes_both_is_ended_once_and_keeps_all_its_leases_until_then()
    {
        Peer guest = StartStubbornGuest("first.img");
        guest.Must($"connect {_daemon.SocketPath}");
        guest.Must("register guest");
        guest.Must($"acquire 0 {NewFile("second.img")}");
        using WireClient client = _daemon.ConnectAs(424242);

        guest.Disconnect();
        bool granted = SpinWait.SpinUntil(
            () => client.Acquire("", Path.Combine(_daemon.Sandbox.Directory, "second.img")).IsOk, Eventually.DefaultBound);

        Assert.That((granted, guest.IsAlive), Is.EqualTo((true, false)));
        Refusal.AssertOk(client.Acquire("", Path.Combine(_daemon.Sandbox.Directory, "first.img")));
    }

    [Test]
    public void Owners_that_leave_when_descriptors_have_run_out_are_all_ended_and_keep_their_leases_until_then()
    {
        const int Count = 5;
        _daemon.Dispose();
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock, new DaemonOptions { OpenFileLimit = 100 });
        string space = _daemon.NewDirectory();
        for (int i = 0; i < Count; i++)
        {
            StartStubbornGuest($"disk{i}.img");
        }

        using WireClient greedy = _daemon.ConnectAs(424242);
        Refusal.AssertOk(greedy.CreateLockSpace(space));
        int held = 0;
        foreach (Peer guest in _guests)
        {
            while (greedy.Acquire(space, $"lease{held}", 2).IsOk)
            {
                held++;
            }

            guest.Disconnect();
        }

        while (_guests.Any(guest => guest.IsAlive))
        {
            foreach ((Peer guest, int i) in _guests.Select((guest, i) => (guest, i)))
            {
                LockState state = LockProbe.Of(Path.Combine(_daemon.Sandbox.Directory, $"disk{i}.img"));
                Assert.That(state == LockState.Exclusive || !guest.IsAlive, Is.True, $"disk{i}.img is free while its owner lives");
            }
        }

        Assert.That(held, Is.GreaterThan(20));
    }

    [Test]
    public void Child_of_a_dead_owner_does_not_cost_the_next_process_of_its_pid_a_lease()
    {
        Require.File(LastPid, "the right to choose the next pid");
        Peer first = StartStubbornGuest("first.img");
        string child = first.Ask("bequeath");
        _guests.Remove(first);
        first.Dispose();
        Peer second = StartWithPid(first.Id);
        second.Must($"connect {_daemon.SocketPath}");
        second.Must("register guest");
        second.Must($"acquire 0 {NewFile("second.img")}");

        ChildProcess.Run("kill", "-KILL", child);
        Eventually.True(() => Probe("first.img") == LockState.Free, "the dead owner's lease is freed");

        Assert.That((Probe("second.img"), second.IsAlive), Is.EqualTo((LockState.Exclusive, true)));
        using WireClient other = _daemon.ConnectAs(424242);
        Refusal.AssertOrdinary(
            other.Acquire("", Path.Combine(_daemon.Sandbox.Directory, "second.img")), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
    }

    [Test]
    public void Fencing_leaves_no_descriptor_behind()
    {
        int before = _daemon.DescriptorCount;

        for (int i = 0; i < 5; i++)
        {
            string file = NewFile($"disk{i}.img");
            _guests.Add(Peer.StartGuest(_daemon.SocketPath));
            _guests[i].Must($"acquire 0 {file}");
            _guests[i].Disconnect();
            _guests[i].WaitUntilDead();
            Eventually.True(() => LockProbe.Of(file) == LockState.Free, "its lease is freed");
        }

        // The last lease is freed a moment before the last descriptor is closed.
        Eventually.True(() => _daemon.DescriptorCount == before, "as many descriptors are open as before");
    }

    private LockState Probe(string disk) => LockProbe.Of(Path.Combine(_daemon.Sandbox.Directory, disk));

    /// <summary>Others on the machine start processes too, so it may take several attempts.</summary>
    private Peer StartWithPid(int pid)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            File.WriteAllText(LastPid, $"{pid - 1}");
            Peer peer = Peer.Start();
            _guests.Add(peer);
            if (peer.Id == pid)
            {
                return peer;
            }
        }

        throw new InconclusiveException("The pid could not be had again.");
    }

    private string NewFile(string name)
    {
        string path = Path.Combine(_daemon.Sandbox.Directory, name);
        File.WriteAllText(path, "");
        return path;
    }

    private Peer StartStubbornGuest(string disk)
    {
        Peer guest = Peer.StartGuest(_daemon.SocketPath);
        _guests.Add(guest);
        guest.Must("ignore-sigterm");
        guest.Must($"acquire 0 {NewFile(disk)}");
        return guest;
    }
}
