using VirtLock.Client;
using VirtLock.Drivers;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.Samples;

/// <summary>How a user of the library tests without a daemon and without files.</summary>
internal sealed class UsersTests
{
    // <testing>
    [Test]
    public async Task Tool_stops_writing_when_its_lock_is_lost()
    {
        var disk = new InMemoryLockDriver();
        disk.AddFile("/images/web.qcow2");
        using var locks = new ProcessLocks(new VirtLockOptions(), disk);
        using ILease lease = await locks.Default.AcquireAsync("/images/web.qcow2");

        disk.TakeLocksAway("/images/web.qcow2");
        locks.Verify();

        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task Tool_is_told_when_the_daemon_goes_away()
    {
        var disk = new InMemoryLockDriver();
        disk.AddFile("/images/web.qcow2");
        await using LockTestServer server = LockTestServer.Start(driver: disk);
        await using var client = new LockClient(new LockClientOptions
        {
            SocketPath = server.SocketPath,
            Owner = LockOwner.Process(4711, "web"),
        });
        ILease lease = await client.AcquireAsync("/images/web.qcow2");
        var told = new TaskCompletionSource();
        lease.LostToken.Register(told.SetResult);

        server.DisconnectAll();

        await told.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    // </testing>
}
