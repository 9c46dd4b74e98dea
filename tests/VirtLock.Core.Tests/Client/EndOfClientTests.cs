using System.Diagnostics;
using VirtLock.Client;
using VirtLock.Core.Tests.InProcess;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.Client;

/// <summary>What those are told who have leases when a client ends, or its connection, and what they may do then.</summary>
internal sealed class EndOfClientTests
{
    [Test]
    public async Task Disposal_tells_before_another_can_have_the_lock()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        await using LockTestServer server = LockTestServer.Start(driver: driver);
        LockClient client = NewClient(server.SocketPath);
        LockMode? whenTold = null;
        (await client.AcquireAsync("/disk")).LostToken.Register(() => whenTold = driver.ModeOf("/disk"));

        await client.DisposeAsync().AsTask().WaitAsync(Patience.Bound);

        Assert.That(whenTold, Is.EqualTo(LockMode.Exclusive), "who still writes has the lock until told to end");
        Assert.That(driver.ModeOf("/disk"), Is.Null);
    }

    [Test]
    public async Task Callback_may_dispose_of_its_lease_and_of_the_client()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        await using LockTestServer server = LockTestServer.Start(driver: driver);
        LockClient client = NewClient(server.SocketPath);
        ILease lease = await client.AcquireAsync("/disk");
        lease.LostToken.Register(() =>
        {
            lease.Dispose();
            client.Dispose();
        });

        await client.DisposeAsync().AsTask().WaitAsync(Patience.Bound);

        Assert.That(driver.ModeOf("/disk"), Is.Null);
    }

    [Test]
    public async Task Lease_disposed_again_leaves_the_next_one_alone()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        await using LockTestServer server = LockTestServer.Start(driver: driver);
        await using LockClient client = NewClient(server.SocketPath);
        ILease first = await client.AcquireAsync("/disk");
        await first.DisposeAsync();
        await using ILease second = await client.AcquireAsync("/disk");

        await first.DisposeAsync();

        Assert.That(server.Leases, Has.Count.EqualTo(1));
        Assert.That(client.Leases, Is.EqualTo(new[] { second }));
    }

    [Test]
    public async Task Token_fires_outside_the_lock_when_a_request_can_not_be_sent()
    {
        using var server = new ScriptedServer((call, output) => ReplyWriter.WriteVoid(output, call));
        await using LockClient client = NewClient(server.SocketPath);
        bool? isServed = null;
        (await client.AcquireAsync("/a")).LostToken.Register(
            () => isServed = Task.Run(() => client.Leases.Count).Wait(TimeSpan.FromSeconds(5)));
        server.StopReceiving();

        Assert.That(
            async () => await client.AcquireAsync("/b").WaitAsync(Patience.Bound), Throws.InstanceOf<LockConnectionException>());

        Assert.That(isServed, Is.True, "another thread is served while the callback runs");
    }

    [Test]
    public async Task Client_disposed_in_a_callback_waits_for_no_answer_of_a_lost_connection()
    {
        using var server = new ScriptedServer((call, output) =>
        {
            if (call.Serial < 2)
            {
                ReplyWriter.WriteVoid(output, call);
            }
        });
        LockClient client = NewClient(server.SocketPath);
        var took = new TaskCompletionSource<TimeSpan>();
        (await client.AcquireAsync("/a")).LostToken.Register(() =>
        {
            long begun = Stopwatch.GetTimestamp();
            client.Dispose();
            took.SetResult(Stopwatch.GetElapsedTime(begun));
        });
        Task<ILease> unanswered = client.AcquireAsync("/b");

        server.HangUp();

        Assert.That(await took.Task.WaitAsync(Patience.Bound), Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That(async () => await unanswered.WaitAsync(Patience.Bound), Throws.InstanceOf<LockConnectionException>());
    }

    private static LockClient NewClient(string path) => new(new LockClientOptions
    {
        SocketPath = path,
        Owner = LockOwner.Process(424242, "guest"),
        ReplyTimeout = TimeSpan.FromSeconds(10),
    });
}
