using VirtLock.Interop.Tests.Harness;
using VirtLock.Locking;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Library;

/// <summary>A process that locks by the library beside a daemon on the same image: each respects the other.</summary>
[TestFixture(DaemonKind.Libvirt)]
[TestFixture(DaemonKind.VirtLock)]
internal sealed class EmbeddedTests(DaemonKind daemonKind)
{
    private const uint GuestPid = 424242;

    private DaemonSandbox _daemon = null!;
    private WireClient _wire = null!;
    private string _disk = null!;

    [OneTimeSetUp]
    public void StartDaemon() => _daemon = DaemonSandbox.Start(daemonKind);

    [OneTimeTearDown]
    public void StopDaemon() => _daemon?.Dispose();

    [SetUp]
    public void Connect()
    {
        _disk = Path.Combine(_daemon.NewDirectory(), "disk.img");
        File.WriteAllText(_disk, "contents");
        _wire = _daemon.ConnectAs(GuestPid);
    }

    [TearDown]
    public void Disconnect() => _wire.Dispose();

    [TestCase(LockKind.OpenFileDescription)]
    [TestCase(LockKind.Posix)]
    public void Lease_of_the_library_blocks_the_daemon(LockKind kind)
    {
        using var locks = new ProcessLocks(new VirtLockOptions { LockKind = kind });
        using (locks.Default.Acquire(_disk))
        {
            Refusal.AssertOrdinary(_wire.Acquire(string.Empty, _disk, 0), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        }

        Refusal.AssertOk(_wire.Acquire(string.Empty, _disk, 0));
        Refusal.AssertOk(_wire.Release(string.Empty, _disk));
    }

    [Test]
    public void Lease_of_the_daemon_blocks_the_library_which_names_the_daemon()
    {
        using var locks = new ProcessLocks();
        Refusal.AssertOk(_wire.Acquire(string.Empty, _disk, 0));

        ResourceBusyException busy = Assert.Throws<ResourceBusyException>(() => locks.Default.Acquire(_disk))!;
        Refusal.AssertOk(_wire.Release(string.Empty, _disk));

        Assert.That(busy.Holder.Name, Is.EqualTo("virtlockd"));
        Assert.That(busy.Holder.Pid, Is.EqualTo(new ProcessId((uint)_daemon.Daemon.Id)));
        using ILease? free = locks.Default.TryAcquire(_disk);
        Assert.That(free, Is.Not.Null);
    }

    [Test]
    public async Task Waiter_of_the_library_gets_what_the_daemon_lets_go()
    {
        using var locks = new ProcessLocks();
        Refusal.AssertOk(_wire.Acquire(string.Empty, _disk, 0));
        Task<ILease> waiting = locks.Default.AcquireAsync(_disk, wait: Timeout.InfiniteTimeSpan).AsTask();

        Refusal.AssertOk(_wire.Release(string.Empty, _disk));

        using ILease lease = await waiting.WaitAsync(Eventually.DefaultBound);
        Refusal.AssertOrdinary(_wire.Acquire(string.Empty, _disk, 0), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
    }

    [Test]
    public void Shared_leases_of_both_go_together()
    {
        const uint Shared = 1;
        using var locks = new ProcessLocks();
        Refusal.AssertOk(_wire.Acquire(string.Empty, _disk, Shared));

        using ILease? lease = locks.Default.TryAcquire(_disk, LockMode.Shared);

        Assert.That(lease, Is.Not.Null);
        Refusal.AssertOk(_wire.Release(string.Empty, _disk));
    }

    [Test]
    public void Leases_in_a_directory_space_meet_on_the_same_file()
    {
        const uint Autocreate = 2;
        string space = Path.Combine(Path.GetDirectoryName(_disk)!, "space");
        using var locks = new ProcessLocks();
        Refusal.AssertOk(_wire.CreateLockSpace(space));

        using (locks.OpenDirectory(space).Acquire("name", autocreate: true))
        {
            Refusal.AssertOrdinary(_wire.Acquire(space, "name", Autocreate), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        }

        Assert.That(Directory.GetFiles(space), Is.Empty);
    }

    /// <summary>
    /// The reason for open file description locks: the kernel drops a POSIX lock when the process closes any descriptor of the file.
    /// </summary>
    [TestCase(LockKind.OpenFileDescription, true)]
    [TestCase(LockKind.Posix, false)]
    public void Image_that_the_process_opens_and_closes_by_other_means_stays_locked_unless_by_a_POSIX_lock(
        LockKind kind, bool staysLocked)
    {
        using var locks = new ProcessLocks(new VirtLockOptions { LockKind = kind });
        using ILease lease = locks.Default.Acquire(_disk);

        _ = File.ReadAllText(_disk);

        WireReply reply = _wire.Acquire(string.Empty, _disk, 0);
        Assert.That(reply.IsOk, Is.Not.EqualTo(staysLocked), reply.ToString());
        if (!staysLocked)
        {
            Refusal.AssertOk(_wire.Release(string.Empty, _disk));
        }
    }

    [TestCase("posix")]
    [TestCase("ofd")]
    public async Task Waiter_gets_the_lock_when_the_holders_process_is_killed(string kind)
    {
        using var locks = new ProcessLocks();
        using ChildProcess holder = ChildProcess.Start([Peer.Executable]);
        await holder.Input.WriteLineAsync($"lock {kind} exclusive {_disk}");
        await holder.Input.FlushAsync();
        Eventually.True(() => holder.StandardOutput.Contains("ok", StringComparison.Ordinal), "the other process holds the lock");
        Task<ILease> waiting = locks.Default.AcquireAsync(_disk, wait: Timeout.InfiniteTimeSpan).AsTask();
        bool waited = !waiting.IsCompleted;

        holder.Kill();

        using ILease lease = await waiting.WaitAsync(Eventually.DefaultBound);
        Assert.That(waited, Is.True);
    }
}
