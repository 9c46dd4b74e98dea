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
