using VirtLock.Client;
using VirtLock.Daemon.Options;
using VirtLock.Locking;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Daemon.Tests;

/// <summary>The daemon put together, without a process of its own: what its parts owe to each other.</summary>
[TestFixture]
internal sealed class LockDaemonTests
{
    /// <summary>A pid that no process has: pids end at 4,194,304 (proc_sys_kernel(5)).</summary>
    private const int Nobody = 5_000_000;

    private static readonly Owner Guest = LockOwner.Process(Nobody, "guest");

    [Test]
    public async Task Lease_is_a_lock_that_others_see_until_it_is_released()
    {
        using var daemon = new InProcessDaemon();
        string disk = daemon.Disk("disk");
        await using LockClient client = daemon.Connect(Guest);

        await using (await client.AcquireAsync(disk))
        {
            Assert.That(LockProbe.Of(disk), Is.EqualTo(LockState.Exclusive));
        }

        Assert.That(LockProbe.Of(disk), Is.EqualTo(LockState.Free));
    }

    [Test]
    public void Leases_of_another_process_stay_when_the_client_that_took_them_leaves()
    {
        using var daemon = new InProcessDaemon();
        string disk = daemon.Disk("disk");
        using (var client = WireClient.Connect(daemon.LockSocket))
        {
            client.Register(Nobody);
            Assert.That(client.Acquire(string.Empty, disk).IsOk, Is.True);
        }

        Eventually.True(() => daemon.Ask(running => running.LockServer.Connections.Count) == 0, "the client has left");
        Assert.That(daemon.Ask(running => running.Table.LeaseCount), Is.EqualTo(1));
        Assert.That(LockProbe.Of(disk), Is.EqualTo(LockState.Exclusive));
    }

    [Test]
    public void End_takes_the_sockets_away()
    {
        using var daemon = new InProcessDaemon();
        Assert.That(File.Exists(daemon.LockSocket) && File.Exists(daemon.AdminSocket), Is.True);

        daemon.End();

        Assert.That(File.Exists(daemon.LockSocket) || File.Exists(daemon.AdminSocket), Is.False);
    }

    [Test]
    public async Task Idle_daemon_ends_after_its_timeout_but_not_while_a_lease_is_held()
    {
        using var daemon = new InProcessDaemon(new DaemonOptions { TimeoutSeconds = 1 });
        string disk = daemon.Disk("disk");
        await using LockClient client = daemon.Connect(Guest);
        await using (await client.AcquireAsync(disk))
        {
            Assert.That(daemon.Ask(running => running.Timeout.IdleFor), Is.Null);
        }

        await client.DisposeAsync();

        daemon.AssertEnds();
    }

    [Test]
    public async Task Admin_clients_have_a_limit_of_their_own()
    {
        using var daemon = new InProcessDaemon(new DaemonOptions { MaxClients = 1, AdminMaxClients = 1 });
        await using LockClient client = daemon.Connect(Guest);
        await client.ConnectAsync();

        using var admin = new Listening.TestClient(daemon.AdminSocket);

        Eventually.True(() => daemon.Ask(running => running.AdminServer.Connections.Count) == 1, "the admin client is let in");
    }
}
