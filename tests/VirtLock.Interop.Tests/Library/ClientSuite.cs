using VirtLock.Client;
using VirtLock.Locking;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;

namespace VirtLock.Interop.Tests.Library;

/// <summary>The library's client against a real daemon: the same for libvirt's and VirtLock's.</summary>
internal abstract class ClientSuite
{
    private const int GuestPid = 424242;
    private const int OtherPid = 424243;

    private DaemonSandbox _daemon = null!;
    private LockClient _client = null!;
    private string _home = null!;

    protected abstract DaemonKind Kind { get; }

    private string Disk => Path.Combine(_home, "disk.img");

    [OneTimeSetUp]
    public void StartDaemon() => _daemon = DaemonSandbox.Start(Kind);

    [OneTimeTearDown]
    public void StopDaemon() => _daemon?.Dispose();

    [SetUp]
    public void Connect()
    {
        _home = _daemon.NewDirectory();
        File.WriteAllText(Disk, "contents");
        _client = NewClient(LockOwner.Process(GuestPid, "guest", Guid.NewGuid()));
    }

    [TearDown]
    public async Task Disconnect()
    {
        await _client.DisposeAsync();
        Assert.That(LockProbe.Of(Disk), Is.EqualTo(LockState.Free), "the client gave up what it had");
        Assert.That(_daemon.Daemon.HasExited, Is.False, _daemon.Daemon.StandardError);
    }

    [Test]
    public async Task Lease_locks_the_image_until_it_is_disposed()
    {
        ILease lease = await _client.AcquireAsync(Disk);
        LockState held = LockProbe.Of(Disk);
        await lease.DisposeAsync();
        await lease.DisposeAsync();

        Assert.That(held, Is.EqualTo(LockState.Exclusive));
        Assert.That(LockProbe.Of(Disk), Is.EqualTo(LockState.Free));
    }

    [Test]
    public async Task Shared_leases_go_together_and_keep_exclusive_ones_out()
    {
        await using LockClient other = NewClient(LockOwner.Process(OtherPid, "other"));
        await using ILease first = await _client.AcquireAsync(Disk, LockMode.Shared);
        await using ILease second = await other.AcquireAsync(Disk, LockMode.Shared);

        Assert.That(LockProbe.Of(Disk), Is.EqualTo(LockState.Shared));
        Assert.That(await other.TryAcquireAsync(Disk), Is.Null);
    }

    [Test]
    public async Task Busy_image_is_refused_with_libvirts_code_and_the_holder_if_the_daemon_tells()
    {
        await using LockClient other = NewClient(LockOwner.Process(OtherPid, "other"));
        await using ILease lease = await other.AcquireAsync(Disk);

        ResourceBusyException busy = (await Assert.ThrowsAsync<ResourceBusyException>(() => _client.AcquireAsync(Disk)))!;

        Assert.That(((int)busy.Code, (int)busy.Domain), Is.EqualTo((87, 51)));
        Assert.That(busy.Message, Does.Contain(Disk));
        Assert.That(busy.Holder.Pid, Is.EqualTo(Kind == DaemonKind.Libvirt ? (ProcessId?)null : new ProcessId(OtherPid)));
    }

    [Test]
    public async Task Waiter_gets_the_image_when_it_is_free()
    {
        await using LockClient other = NewClient(LockOwner.Process(OtherPid, "other"));
        ILease lease = await other.AcquireAsync(Disk);
        Task<ILease> waiting = _client.AcquireAsync(Disk, wait: Timeout.InfiniteTimeSpan);

        await lease.DisposeAsync();

        await using ILease next = await waiting.WaitAsync(Eventually.DefaultBound);
        Assert.That(LockProbe.Of(Disk), Is.EqualTo(LockState.Exclusive));
    }

    [Test]
    public async Task Directory_space_and_its_files_come_and_go()
    {
        var space = new FilePath(Path.Combine(_home, "space"));
        await _client.CreateLockSpaceAsync(space);
        await _client.CreateLockSpaceAsync(space);
        await _client.CreateResourceAsync("made", space);
        bool made = File.Exists($"{space}/made");
        await _client.DeleteResourceAsync("made", space);

        await using (await _client.AcquireAsync("auto", autocreate: true, directory: space))
        {
            Assert.That(File.Exists($"{space}/auto"), Is.True);
            Assert.That(() => _client.CreateResourceAsync("auto", space), Throws.InstanceOf<ResourceBusyException>());
        }

        Assert.That(made, Is.True);
        Assert.That(Directory.GetFiles(space.ToString()), Is.Empty);
    }

    [Test]
    public async Task Refusals_carry_code_domain_and_errno()
    {
        await using ILease others = await _client.AcquireAsync(Disk);
        await using LockClient stranger = NewClient(LockOwner.Process(OtherPid, "other"));
        var refusals = new List<(int Code, int Domain, int? Errno)>();
        foreach (Func<Task> call in new Func<Task>[]
        {
            () => stranger.AcquireAsync(Disk + ".missing"),
            () => stranger.AcquireAsync("name", directory: new FilePath("/nowhere")),
            () => stranger.ReleaseAsync(Disk + ".unheld"),
            () => stranger.ReleaseAsync(Disk),
            () => stranger.NewLockSpaceAsync(default),
        })
        {
            LockRefusedException refused = (await Assert.ThrowsAsync<LockRefusedException>(call))!;
            refusals.Add(((int)refused.Code, (int)refused.Domain, refused.Errno));
        }

        Assert.That(
            refusals, Is.EqualTo(new (int, int, int?)[] { (38, 51, 2), (1, 7, null), (87, 51, null), (1, 51, null), (55, 7, null) }));
    }

    [Test]
    public async Task Overlapping_calls_are_answered_each_with_its_own()
    {
        string[] files = [.. Enumerable.Range(0, 200).Select(number => Path.Combine(_home, $"{number}.img"))];
        foreach (string file in files.Where((_, number) => number % 2 == 0))
        {
            File.WriteAllText(file, string.Empty);
        }

        Task<ILease>[] calls = [.. files.Select(file => _client.AcquireAsync(file))];
        await Task.WhenAll(calls.Select(call => Task.WhenAny(call)));

        Assert.That(calls.Select(call => call.IsCompletedSuccessfully), Is.EqualTo(files.Select((_, number) => number % 2 == 0)));
    }

    [Test]
    public async Task Own_process_that_disposes_its_client_lives_on()
    {
        LockClient own = NewClient(LockOwner.ThisProcess("tool"));
        await own.AcquireAsync(Disk);

        await own.DisposeAsync();

        Assert.That(LockProbe.Of(Disk), Is.EqualTo(LockState.Free));
    }

    [Test]
    public async Task Cancelled_requests_leave_no_lease_at_the_daemon()
    {
        var random = new Random(7);
        await _client.ConnectAsync();
        for (int round = 0; round < 300; round++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<ILease?> attempt = _client.TryAcquireAsync(Disk, LockMode.Shared, cancellation: cancellation.Token);
            Thread.SpinWait(random.Next(5_000));
            await cancellation.CancelAsync();
            await Task.WhenAny(attempt).WaitAsync(Eventually.DefaultBound);
            if (attempt.IsCompletedSuccessfully)
            {
                await (await attempt)!.DisposeAsync();
            }
        }

        Eventually.True(() => LockProbe.Of(Disk) == LockState.Free, "what was granted too late is given back");
    }

    [Test]
    public async Task Daemon_that_dies_makes_leases_lost_and_the_next_call_finds_the_next_daemon()
    {
        using Sandbox sandbox = Sandbox.Create();
        string socket = Path.Combine(sandbox.RuntimeDirectory, "virtlockd-sock");
        ILease lease;
        await using var client = new LockClient(
            new LockClientOptions { SocketPath = socket, Owner = LockOwner.Process(GuestPid, "guest") });
        using (ChildProcess first = DaemonSandbox.Launch(sandbox, Kind, new DaemonOptions()))
        {
            Eventually.True(() => TestPeer.Wire.WireClient.CanConnect(socket), "the first daemon serves", TimeSpan.FromSeconds(20));
            lease = await client.AcquireAsync(Disk);
        }

        Eventually.True(() => lease.LostToken.IsCancellationRequested, "the loss is told");
        Assert.That(async () => await client.AcquireAsync(Disk), Throws.InstanceOf<LockConnectionException>());
        using ChildProcess second = DaemonSandbox.Launch(sandbox, Kind, new DaemonOptions());
        Eventually.True(() => TestPeer.Wire.WireClient.CanConnect(socket), "the second daemon serves", TimeSpan.FromSeconds(20));
        await using ILease again = await client.AcquireAsync(Disk);
        Assert.That(again.LostToken.IsCancellationRequested, Is.False);
    }

    private LockClient NewClient(Owner owner) => new(new LockClientOptions { SocketPath = _daemon.SocketPath, Owner = owner });
}
