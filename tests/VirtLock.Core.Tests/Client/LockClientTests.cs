using VirtLock.Client;
using VirtLock.Core.Tests.InProcess;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.Client;

/// <summary>
/// The client against the in-process server, which is tested by it as well; real daemons are the interop tests' business.
/// </summary>
internal sealed class LockClientTests
{
    private const int SomePid = 424242;

    private InMemoryLockDriver _driver = null!;
    private LockTestServer _server = null!;
    private LockClient _client = null!;

    [SetUp]
    public void Serve()
    {
        _driver = new InMemoryLockDriver();
        _driver.AddFile("/disk");
        _server = LockTestServer.Start(driver: _driver);
        _client = NewClient(LockOwner.Process(SomePid, "guest"));
    }

    [TearDown]
    public async Task Stop()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        Assert.That(File.Exists(_server.SocketPath), Is.False);
        Assert.That(_driver.ModeOf("/disk"), Is.Null, "every lock was given up");
    }

    [Test]
    public async Task Lease_is_the_owners_at_the_server_until_it_is_disposed()
    {
        ILease lease = await _client.AcquireAsync("/disk", LockMode.Shared);
        LeaseInfo held = _server.Leases.Single();
        await lease.DisposeAsync();
        await lease.DisposeAsync();
        lease.Dispose();

        Assert.That(held.Owner, Is.EqualTo(LockOwner.Process(SomePid, "guest")));
        Assert.That((held.Name, held.Mode), Is.EqualTo(((ResourceName)"/disk", LockMode.Shared)));
        Assert.That(_server.Leases, Is.Empty);
        Assert.That(_client.Leases, Is.Empty);
    }

    [Test]
    public async Task Disposing_a_lease_again_leaves_a_newer_one()
    {
        ILease first = await _client.AcquireAsync("/disk");
        await first.DisposeAsync();
        await using ILease second = await _client.AcquireAsync("/disk");

        await first.DisposeAsync();
        first.Dispose();

        Assert.That(_server.Leases, Has.Count.EqualTo(1));
        Assert.That(_driver.ModeOf("/disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public async Task Busy_resource_names_the_holder_that_the_server_knows()
    {
        await using LockClient other = NewClient(LockOwner.Process(SomePid + 1, "other"));
        ILease lease = await other.AcquireAsync("/disk");

        ResourceBusyException busy = (await Assert.ThrowsAsync<ResourceBusyException>(() => _client.AcquireAsync("/disk")))!;

        Assert.That((busy.Code, busy.Domain), Is.EqualTo((ErrorCode.ResourceBusy, ErrorDomain.LockSpace)));
        Assert.That(busy.Holder.Pid, Is.EqualTo(new ProcessId(SomePid + 1)));
        Assert.That(busy.Holder.Name, Is.EqualTo("other"));
        Assert.That(busy.Holder.Since, Is.EqualTo(lease.AcquiredAt).Within(TimeSpan.FromSeconds(2)));
        Assert.That(await _client.TryAcquireAsync("/disk"), Is.Null);
    }

    [Test]
    public async Task Waiter_gets_the_lock_when_it_is_free()
    {
        await using LockClient other = NewClient(LockOwner.Process(SomePid + 1, "other"));
        ILease lease = await other.AcquireAsync("/disk");
        Task<ILease> waiting = _client.AcquireAsync("/disk", wait: Timeout.InfiniteTimeSpan);

        await lease.DisposeAsync();

        await using ILease next = await waiting.WaitAsync(Patience.Bound);
        Assert.That(_server.Leases.Single().Owner.Pid, Is.EqualTo(new ProcessId(SomePid)));
    }

    [Test]
    public async Task Directory_spaces_and_files_work_as_in_process()
    {
        var directory = new FilePath("/space");
        await _client.CreateLockSpaceAsync(directory);
        await _client.CreateResourceAsync("made", directory);
        bool made = _driver.Exists("/space/made");
        await _client.DeleteResourceAsync("made", directory);

        await using (await _client.AcquireAsync("auto", autocreate: true, directory: directory))
        {
            Assert.That(_driver.Exists("/space/auto"), Is.True);
        }

        Assert.That(made, Is.True);
        Assert.That(_driver.Exists("/space/made"), Is.False);
        Assert.That(_driver.Exists("/space/auto"), Is.False);
    }

    [Test]
    public async Task Refusals_carry_code_domain_and_errno()
    {
        var refused = new List<LockRefusedException>();
        foreach (Func<Task> call in new Func<Task>[]
        {
            () => _client.AcquireAsync("/missing"),
            () => _client.AcquireAsync("name", directory: new FilePath("/nowhere")),
            () => _client.ReleaseAsync("/disk"),
            () => _client.NewLockSpaceAsync(default),
        })
        {
            refused.Add((await Assert.ThrowsAsync<LockRefusedException>(call))!);
        }

        Assert.That(
            refused.Select(error => ((int)error.Code, (int)error.Domain, error.Errno)),
            Is.EqualTo(new (int, int, int?)[] { (38, 51, 2), (1, 7, null), (87, 51, null), (55, 7, null) }));
    }

    [Test]
    public async Task Lost_connection_makes_its_leases_lost_and_says_which()
    {
        var losses = new TaskCompletionSource<ConnectionLoss>();
        _client.ConnectionLost += losses.SetResult;
        ILease lease = await _client.AcquireAsync("/disk");

        _server.DisconnectAll();
        ConnectionLoss loss = await losses.Task.WaitAsync(Patience.Bound);

        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
        Assert.That(loss.Leases, Is.EqualTo(new[] { lease }));
        Assert.That(_client.Leases, Is.Empty);
    }

    [Test]
    public async Task Next_call_connects_anew_and_what_the_daemon_still_holds_can_be_released_by_name()
    {
        ILease lease = await _client.AcquireAsync("/disk");
        _server.DisconnectAll();
        Patience.Until(() => lease.LostToken.IsCancellationRequested, "the loss is noticed");

        ILease? again = await _client.TryAcquireAsync("/disk");
        await lease.DisposeAsync();
        int afterDispose = _server.Leases.Count;
        await _client.ReleaseAsync("/disk");

        Assert.That(again, Is.Null, "another process owns it still");
        Assert.That(afterDispose, Is.EqualTo(1), "a lost lease releases nothing, as its name may stand for another");
        Assert.That(_server.Leases, Is.Empty);
    }

    [Test]
    public async Task Without_reconnecting_a_lost_connection_stays_lost()
    {
        await using LockClient client = NewClient(LockOwner.Process(SomePid, "guest"), reconnect: false);
        await client.ConnectAsync();
        _server.DisconnectAll();
        Patience.Until(() => !client.IsConnected, "the loss is noticed");

        Assert.That(async () => await client.AcquireAsync("/disk"), Throws.InstanceOf<LockConnectionException>());
    }

    [Test]
    public async Task Own_process_that_loses_its_connection_would_be_ended()
    {
        var fenced = new TaskCompletionSource<ProcessId>();
        _server.Fenced += fenced.SetResult;
        await using LockClient own = NewClient(LockOwner.ThisProcess("tool"));
        ILease lease = await own.AcquireAsync("/disk");

        _server.DisconnectAll();

        Assert.That(await fenced.Task.WaitAsync(Patience.Bound), Is.EqualTo(new ProcessId((uint)Environment.ProcessId)));
        Patience.Until(() => lease.LostToken.IsCancellationRequested, "the loss is noticed");
        Assert.That(_server.Leases, Is.Empty);
    }

    [Test]
    public async Task Disposing_the_client_gives_up_its_leases_first_so_that_nobody_is_ended()
    {
        bool isFenced = false;
        _server.Fenced += _ => isFenced = true;
        LockClient own = NewClient(LockOwner.ThisProcess("tool"));
        ILease lease = await own.AcquireAsync("/disk");

        await own.DisposeAsync();
        await own.DisposeAsync();

        Assert.That(_server.Leases, Is.Empty);
        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
        await _server.DisposeAsync();
        Assert.That(isFenced, Is.False);
    }

    [Test]
    public async Task Many_calls_may_overlap_on_one_client()
    {
        const int Count = 500;
        for (int file = 0; file < Count; file++)
        {
            _driver.AddFile($"/many/{file}");
        }

        ILease[] leases =
            await Task.WhenAll(Enumerable.Range(0, Count).Select(file => Task.Run(() => _client.AcquireAsync($"/many/{file}"))));
        int held = _server.Leases.Count;
        await Task.WhenAll(leases.Select(lease => lease.DisposeAsync().AsTask()));

        Assert.That(held, Is.EqualTo(Count));
        Assert.That(leases.Select(lease => lease.Name).Distinct().Count(), Is.EqualTo(Count));
        Assert.That(_server.Leases, Is.Empty);
    }

    [Test]
    public async Task Cancellation_at_any_moment_leaves_no_lease_at_the_server()
    {
        const int Rounds = 1_000;
        var random = new Random(7);
        await _client.ConnectAsync();

        for (int round = 0; round < Rounds; round++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<ILease?> attempt = _client.TryAcquireAsync("/disk", LockMode.Shared, cancellation: cancellation.Token);
            Thread.SpinWait(random.Next(3_000));
            await cancellation.CancelAsync();
            await Task.WhenAny(attempt).WaitAsync(Patience.Bound);
            if (attempt.IsCompletedSuccessfully)
            {
                await (await attempt)!.DisposeAsync();
            }
        }

        Patience.Until(() => _server.Leases.Count == 0, "what was granted too late is given back");
        Assert.That(_client.Leases, Is.Empty);
    }

    [Test]
    public async Task Disposal_at_any_moment_leaves_no_lease_at_the_server()
    {
        const int Rounds = 200;
        var random = new Random(7);

        for (int round = 0; round < Rounds; round++)
        {
            LockClient client = NewClient(LockOwner.Process(SomePid, "guest"));
            Task<ILease?> attempt = client.TryAcquireAsync("/disk", LockMode.Shared);
            Thread.SpinWait(random.Next(30_000));
            await client.DisposeAsync().AsTask().WaitAsync(Patience.Bound);

            await Task.WhenAny(attempt).WaitAsync(Patience.Bound);
            Assert.That(attempt.Exception?.InnerException,
                Is.Null.Or.InstanceOf<ObjectDisposedException>().Or.InstanceOf<LockConnectionException>());
            Assert.That(_server.Leases, Is.Empty);
        }
    }

    private LockClient NewClient(Owner owner, bool reconnect = true) =>
        new(new LockClientOptions { SocketPath = _server.SocketPath, Owner = owner, Reconnect = reconnect });
}
