using Microsoft.Extensions.Time.Testing;
using VirtLock.Core.Tests.Drivers;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>A lock that vanishes under its holder: found by looking, told by the token.</summary>
internal sealed class LostLockTests
{
    [Test]
    public void Token_fires_at_the_next_look_when_the_lock_was_taken_away()
    {
        var time = new FakeTimeProvider();
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions { VerifyInterval = TimeSpan.FromSeconds(3) }, driver, time);
        var kinds = new List<LockEventKind>();
        locks.Happened += happened => kinds.Add(happened.Kind);
        ILease lease = locks.Default.Acquire("/disk");

        time.Advance(TimeSpan.FromSeconds(3));
        bool beforeLoss = lease.LostToken.IsCancellationRequested;
        driver.TakeLocksAway("/disk");
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.That(beforeLoss, Is.False);
        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
        Assert.That(locks.Leases.Single().IsLost, Is.True);
        Assert.That(kinds, Is.EqualTo(new[] { LockEventKind.Granted, LockEventKind.Lost }));
    }

    [Test]
    public void Lost_lease_keeps_others_of_this_process_out_until_it_is_disposed_and_leaves_the_file()
    {
        var driver = new InMemoryLockDriver();
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        ILockSpace space = locks.OpenDirectory("/space");
        ILease lease = space.Acquire("name", LockMode.Shared, autocreate: true);
        driver.TakeLocksAway("/space/name");
        locks.Verify();

        ILease? joined = space.TryAcquire("name", LockMode.Shared);
        lease.Dispose();

        Assert.That(joined, Is.Null);
        Assert.That(driver.Exists("/space/name"), Is.True, "the file is no longer ours to remove");
        using ILease? again = space.TryAcquire("name", LockMode.Shared);
        Assert.That(again, Is.Not.Null);
    }

    [Test]
    public void Callback_that_fails_keeps_no_other_lease_from_its_news()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/a");
        driver.AddFile("/b");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        ILease[] leases = [locks.Default.Acquire("/a"), locks.Default.Acquire("/b")];
        foreach (ILease lease in leases)
        {
            lease.LostToken.Register(() => throw new InvalidOperationException("a callback's own fault"));
        }

        driver.TakeLocksAway("/a");
        driver.TakeLocksAway("/b");
        locks.Verify();

        Assert.That(leases.Select(lease => lease.LostToken.IsCancellationRequested), Is.All.True);
    }

    [Test]
    public void File_that_was_replaced_is_a_lost_lock()
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        disk.WriteFile("other");
        using var locks = new ProcessLocks();
        ILease lease = locks.Default.Acquire(disk.FullName("disk"));
        locks.Verify();
        bool beforeLoss = lease.LostToken.IsCancellationRequested;

        File.Move(disk.FullName("other"), disk.FullName("disk"), overwrite: true);
        locks.Verify();

        Assert.That(beforeLoss, Is.False);
        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
    }

    [Test]
    public void File_that_was_removed_is_a_lost_lock()
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        using var locks = new ProcessLocks();
        ILease lease = locks.Default.Acquire(disk.FullName("disk"), LockMode.Shared);

        disk.Delete("disk");
        locks.Verify();

        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
    }

    [TestCase(LockMode.Exclusive)]
    [TestCase(LockMode.Shared)]
    public void Kernel_lock_that_is_gone_is_found_although_the_file_stands(LockMode mode)
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        using var locks = new ProcessLocks();
        ILease lease = locks.Default.Acquire(disk.FullName("disk"), mode);
        locks.Verify();
        bool beforeLoss = lease.LostToken.IsCancellationRequested;

        KernelLock.Drop(disk.FullName("disk"));
        locks.Verify();

        Assert.That(beforeLoss, Is.False);
        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
    }

    [Test]
    public void Kernel_lock_that_somebody_else_has_now_is_lost()
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        using var locks = new ProcessLocks();
        ILease lease = locks.Default.Acquire(disk.FullName("disk"));

        KernelLock.Drop(disk.FullName("disk"));
        Assume.That(disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);
        locks.Verify();

        Assert.That(lease.LostToken.IsCancellationRequested, Is.True);
    }

    [Test]
    public void Looking_at_shared_locks_among_others_disturbs_nobody()
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        using var locks = new ProcessLocks();
        ILease lease = locks.Default.Acquire(disk.FullName("disk"), LockMode.Shared);
        Assume.That(disk.TryLockElsewhere("disk", LockMode.Shared), Is.True);

        locks.Verify();

        Assert.That(lease.LostToken.IsCancellationRequested, Is.False);
        disk.ReleaseElsewhere("disk");
        Assert.That(disk.Probe("disk"), Is.EqualTo(LockMode.Shared));
    }
}
