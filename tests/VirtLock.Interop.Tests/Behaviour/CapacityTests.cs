using System.Globalization;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>Many clients, many leases, and one client too many.</summary>
[TestFixture]
internal sealed class CapacityTests
{
    private const uint AutoCreate = 2;
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);

    [Test]
    public void A_thousand_clients_are_served_at_once()
    {
        using DaemonSandbox daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        List<WireClient> clients = ConnectMany(daemon, 1000);

        clients.ForEach(client => Refusal.AssertOk(client.Register()));
        clients.ForEach(client => Refusal.AssertOk(client.CreateLockSpace("")));

        clients.ForEach(client => client.Dispose());
    }

    [TestCase(DaemonKind.Libvirt, 3)]
    [TestCase(DaemonKind.VirtLock, 3)]
    [TestCase(DaemonKind.VirtLock, 1)]
    [TestCase(DaemonKind.VirtLock, 1024)]
    public void One_client_too_many_waits_until_another_leaves(object kind, int limit)
    {
        using DaemonSandbox daemon = DaemonSandbox.Start(
            (DaemonKind)kind,
            new DaemonOptions { Configuration = string.Create(CultureInfo.InvariantCulture, $"max_clients = {limit}\n") });
        List<WireClient> clients = ConnectMany(daemon, limit);
        clients.ForEach(client => Refusal.AssertOk(client.Register()));

        using WireClient late = daemon.Connect();
        late.Bound = Silence;
        Assert.That(() => late.Register(), Throws.TypeOf<TimeoutException>());

        clients[0].Dispose();
        late.Bound = WireClient.DefaultBound;
        Refusal.AssertOk(late.ReadReply());
        Refusal.AssertOk(clients[^1] == clients[0] ? late.Register() : clients[^1].Register());

        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public void As_many_leases_are_held_as_descriptors_allow()
    {
        int count = Math.Min(15_000, HardDescriptorLimit() - 1000);
        using DaemonSandbox daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        string space = Path.Combine(daemon.Sandbox.Directory, "space");
        using WireClient client = daemon.ConnectAs(424242);
        Refusal.AssertOk(client.CreateLockSpace(space));

        for (int i = 0; i < count; i++)
        {
            Refusal.AssertOk(client.Acquire(space, $"lease{i}", AutoCreate));
        }

        TestContext.Out.WriteLine($"{count} leases, {ProcessTable.ResidentBytes(daemon.Daemon.Id) >> 20} MiB resident");
        for (int i = 0; i < count; i += 100)
        {
            Assert.That(LockProbe.Of(Path.Combine(space, $"lease{i}")), Is.EqualTo(LockState.Exclusive));
        }

        for (int i = 0; i < count; i++)
        {
            Refusal.AssertOk(client.Release(space, $"lease{i}"));
        }

        Assert.That(Directory.EnumerateFiles(space), Is.Empty);
    }

    [Test]
    public void Out_of_descriptors_a_lease_is_refused_and_the_daemon_lives_on()
    {
        const int EMFILE = 24;
        using DaemonSandbox daemon = DaemonSandbox.Start(DaemonKind.VirtLock, new DaemonOptions { OpenFileLimit = 100 });
        string space = Path.Combine(daemon.Sandbox.Directory, "space");
        using WireClient client = daemon.ConnectAs(424242);
        Refusal.AssertOk(client.CreateLockSpace(space));

        int held = 0;
        WireReply reply;
        while ((reply = client.Acquire(space, $"lease{held}", AutoCreate)).IsOk && held < 200)
        {
            held++;
        }

        Refusal.AssertSystem(reply, EMFILE);
        Refusal.AssertOk(client.Release(space, "lease0"));
        Refusal.AssertOk(client.Acquire(space, $"lease{held}", AutoCreate));
    }

    private static List<WireClient> ConnectMany(DaemonSandbox daemon, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => daemon.Connect())];

    private static int HardDescriptorLimit()
    {
        string line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string hard = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return hard == "unlimited" ? int.MaxValue : int.Parse(hard, CultureInfo.InvariantCulture);
    }
}
