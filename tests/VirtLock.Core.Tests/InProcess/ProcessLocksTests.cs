using VirtLock.Core.Tests.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.TestKit.Processes;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>The in-process API on the kernel's locks, seen from another process where that matters.</summary>
[TestFixture(LockKind.OpenFileDescription)]
[TestFixture(LockKind.Posix)]
internal sealed class ProcessLocksTests(LockKind kind)
{
    private const int NoEntry = 2;

    private KernelDisk _disk = null!;
    private ProcessLocks _locks = null!;

    [SetUp]
    public void MakeLocks()
    {
        _disk = new KernelDisk(kind);
        _disk.WriteFile("disk");
        _locks = new ProcessLocks(new VirtLockOptions { LockKind = kind, OwnerName = "tool" });
    }

    [TearDown]
    public void DisposeLocks()
    {
        _locks.Dispose();
        Assert.That(_disk.OpenFiles, Is.Zero, "no descriptor is left behind");
        _disk.Dispose();
    }

    [Test]
    public void Lease_locks_the_file_for_others_until_it_is_disposed()
    {
        ILease lease = _locks.Default.Acquire(Disk);
        LockMode? held = _disk.Probe("disk");
        lease.Dispose();

        Assert.That(held, Is.EqualTo(LockMode.Exclusive));
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [Test]
    public async Task Disposing_twice_in_both_ways_gives_up_one_lease_only()
    {
        ILease first = _locks.Default.Acquire(Disk, LockMode.Shared);
        ILease second = _locks.Default.Acquire(Disk, LockMode.Shared);

        first.Dispose();
        await first.DisposeAsync();
        first.Dispose();

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Shared));
        await second.DisposeAsync();
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [Test]
    public void Busy_resource_is_null_to_a_try()
    {
        Assume.That(_disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);

        Assert.That(_locks.Default.TryAcquire(Disk), Is.Null);
    }

    [Test]
    public void Busy_resource_throws_to_an_acquire_and_names_the_foreign_process()
    {
        Assume.That(_disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);

        ResourceBusyException busy = Assert.Throws<ResourceBusyException>(() => _locks.Default.Acquire(Disk))!;

        Assert.That((busy.Code, busy.Domain), Is.EqualTo((ErrorCode.ResourceBusy, ErrorDomain.LockSpace)));
        Assert.That(busy.Name, Is.EqualTo(Disk));
        Assert.That(busy.Holder.Name, Is.EqualTo("foreigner"));
        Assert.That(busy.Holder.Pid, Is.Not.Null.And.Not.EqualTo(new ProcessId((uint)Environment.ProcessId)));
        Assert.That(_locks.Default.FindHolder(Disk), Is.EqualTo(busy.Holder));
    }

    [Test]
    public void Busy_resource_of_this_process_names_its_owner_and_since_when()
    {
        using ILease lease = _locks.Default.Acquire(Disk, LockMode.Shared);
        using ILease another = _locks.Default.Acquire(Disk, LockMode.Shared);

        ResourceBusyException busy = Assert.Throws<ResourceBusyException>(() => _locks.Default.Acquire(Disk))!;

        Assert.That(
            busy.Holder, Is.EqualTo(new LockHolder(new ProcessId((uint)Environment.ProcessId), "tool", lease.AcquiredAt, Others: 1)));
        Assert.That(busy.Message, Does.Contain("'tool'").And.Contain("and 1 more"));
    }

    [Test]
    public void Nobody_holds_a_free_resource()
    {
        Assert.That(_locks.Default.FindHolder(Disk), Is.Null);
    }

    [Test]
    public void Missing_file_carries_the_errno()
    {
        LockRefusedException refused = Assert.Throws<LockRefusedException>(() => _locks.Default.TryAcquire(_disk.FullName("missing")))!;

        Assert.That((refused.Code, refused.Errno), Is.EqualTo((ErrorCode.SystemCall, NoEntry)));
    }

    [Test]
    public void Directory_space_creates_its_directory_and_removes_autocreated_files()
    {
        ILockSpace space = _locks.OpenDirectory(_disk.FullName("space"));

        using (space.Acquire("name", autocreate: true))
        {
            Assert.That(_disk.Exists("space/name"), Is.True);
        }

        Assert.That(_disk.Exists("space/name"), Is.False);
        Assert.That(_locks.OpenDirectory(_disk.FullName("space")), Is.SameAs(space));
        Assert.That(space.Directory, Is.EqualTo((FilePath?)new FilePath(_disk.FullName("space"))));
    }

    [Test]
    public void Directory_space_on_a_file_is_refused()
    {
        LockRefusedException refused = Assert.Throws<LockRefusedException>(() => _locks.OpenDirectory(_disk.FullName("disk")))!;

        Assert.That(refused.Code, Is.EqualTo(ErrorCode.Internal));
    }

    [Test]
    public void Files_are_created_and_deleted_unless_they_are_held()
    {
        ILockSpace space = _locks.OpenDirectory(_disk.FullName("space"));

        space.CreateResource("name");
        bool existed = _disk.Exists("space/name");
        using (space.Acquire("name"))
        {
            Assert.That(() => space.CreateResource("name"), Throws.InstanceOf<ResourceBusyException>());
            Assert.That(() => space.DeleteResource("name"), Throws.InstanceOf<ResourceBusyException>());
        }

        space.DeleteResource("name");

        Assert.That(existed, Is.True);
        Assert.That(_disk.Exists("space/name"), Is.False);
    }

    [Test]
    public void Leases_can_be_listed()
    {
        using ILease lease = _locks.Default.Acquire(Disk);
        using ILease inSpace = _locks.OpenDirectory(_disk.FullName("space")).Acquire("name", autocreate: true);

        Assert.That(_locks.Leases.Select(info => info.Name), Is.EquivalentTo(new[] { Disk, "name" }));
        Assert.That(_locks.Leases.Select(info => info.Owner.Name), Is.All.EqualTo((OwnerName)"tool"));
        Assert.That(_locks.Leases.Select(info => info.IsLost), Is.All.False);
    }

    [Test]
    public void Events_tell_what_happened_in_order_and_a_handler_may_use_the_locks()
    {
        var seen = new List<LockEventKind>();
        _locks.Happened += happened =>
        {
            seen.Add(happened.Kind);
            if (happened.Kind == LockEventKind.Granted)
            {
                _locks.Default.TryAcquire(Disk);
            }
        };

        _locks.Default.Acquire(Disk).Dispose();

        Assert.That(seen, Is.EqualTo(new[] { LockEventKind.Granted, LockEventKind.Refused, LockEventKind.Released }));
    }

    [Test]
    public void Failing_handler_costs_nobody_a_lease()
    {
        _locks.Happened += _ => throw new InvalidOperationException("a handler's own fault");

        using ILease lease = _locks.Default.Acquire(Disk);

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public void Disposing_the_locks_gives_up_every_lease_and_tells_its_holder()
    {
        ILease lease = _locks.Default.Acquire(Disk);

        _locks.Dispose();

        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
        Assert.That(_disk.Probe("disk"), Is.Null);
        Assert.That(lease.Dispose, Throws.Nothing);
    }

    [Test]
    public void Disposing_a_lease_does_not_fire_its_lost_token()
    {
        ILease lease = _locks.Default.Acquire(Disk);

        lease.Dispose();

        Assert.That(lease.LostToken.IsCancellationRequested, Is.False);
    }

    [Test]
    public void Lease_may_be_given_up_on_another_thread()
    {
        ILease lease = _locks.Default.Acquire(Disk);

        var thread = new Thread(lease.Dispose);
        thread.Start();

        Assert.That(thread.Join(TimeSpan.FromSeconds(10)), Is.True);
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [Test]
    public void Disposing_a_lease_again_leaves_a_newer_one()
    {
        ILease first = _locks.Default.Acquire(Disk);
        first.Dispose();
        using ILease second = _locks.Default.Acquire(Disk);

        first.Dispose();

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(_locks.Leases, Has.Count.EqualTo(1));
    }

    [Test]
    public void File_that_another_program_has_a_lease_on_holds_up_nobody_else()
    {
        const int TryAgain = 11;
        _disk.WriteFile("other");
        using var owner = Peer.StartAs("foreigner");
        owner.Must($"lease {_disk.FullName("disk")}");
        using var cancellation = new CancellationTokenSource();

        Task<ILease> cancelled =
            _locks.Default.AcquireAsync(Disk, wait: Timeout.InfiniteTimeSpan, cancellation: cancellation.Token).AsTask();
        Task<ILease> waiting = _locks.Default.AcquireAsync(Disk, wait: TimeSpan.FromSeconds(30)).AsTask();
        LockRefusedException? refused = Assert.Throws<LockRefusedException>(() => _locks.Default.TryAcquire(Disk));
        using (ILease other = _locks.Default.Acquire(_disk.FullName("other")))
        {
            Assert.That((cancelled.IsCompleted, waiting.IsCompleted), Is.EqualTo((false, false)));
        }

        cancellation.Cancel();
        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());
        owner.Must("unlease");
        using ILease lease = waiting.GetAwaiter().GetResult();

        Assert.That(refused!.Errno, Is.EqualTo(TryAgain));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    private ResourceName Disk => _disk.FullName("disk");
}
