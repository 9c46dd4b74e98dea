using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using VirtLock.Core.Tests.Drivers;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>What becomes of leases when their locks end: by disposal, by being dropped, or with a logger that fails.</summary>
internal sealed class EndOfLocksTests
{
    [Test]
    public void Disposal_tells_before_another_can_have_the_lock()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        var locks = new ProcessLocks(new VirtLockOptions(), driver);
        LockMode? whenTold = null;
        locks.Default.Acquire("/disk").LostToken.Register(() => whenTold = driver.ModeOf("/disk"));

        locks.Dispose();

        Assert.That(whenTold, Is.EqualTo(LockMode.Exclusive), "who still writes has the lock until told to end");
        Assert.That(driver.ModeOf("/disk"), Is.Null);
    }

    [Test]
    public void Callback_may_dispose_of_its_lease_and_of_the_locks()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        var locks = new ProcessLocks(new VirtLockOptions(), driver);
        ILease lease = locks.Default.Acquire("/disk");
        lease.LostToken.Register(() =>
        {
            lease.Dispose();
            locks.Dispose();
        });

        locks.Dispose();

        Assert.That(driver.ModeOf("/disk"), Is.Null);
    }

    [Test]
    public void Lease_disposed_again_leaves_the_next_one_alone()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        ILease first = locks.Default.Acquire("/disk");
        first.Dispose();
        using ILease second = locks.Default.Acquire("/disk");

        first.Dispose();

        Assert.That(driver.ModeOf("/disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(locks.Leases, Has.Count.EqualTo(1));
    }

    [Test]
    public void File_of_a_lost_lock_is_not_ours_to_remove()
    {
        var driver = new InMemoryLockDriver();
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        ILease lease = locks.OpenDirectory("/space").Acquire("name", autocreate: true);
        driver.TakeLocksAway("/space/name");
        locks.Verify();

        lease.Dispose();

        Assert.That(driver.Exists("/space/name"), Is.True);
    }

    [Test]
    public void Logger_that_throws_costs_no_lock()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver, logger: new FailingLogger());

        ILease lease = locks.Default.Acquire("/disk");
        bool isHeld = driver.ModeOf("/disk") is not null;
        lease.Dispose();

        Assert.That((isHeld, driver.ModeOf("/disk")), Is.EqualTo((true, (LockMode?)null)));
    }

    [Test]
    public void Handler_that_fails_beside_a_logger_that_throws_does_not_stop_later_events()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver, logger: new FailingLogger());
        int events = 0;
        locks.Happened += _ =>
        {
            events++;
            throw new InvalidOperationException("a handler's own fault");
        };

        locks.Default.Acquire("/disk").Dispose();

        Assert.That(events, Is.EqualTo(2));
    }

    [TestCase(LockKind.OpenFileDescription)]
    [TestCase(LockKind.Posix)]
    public void Locks_that_are_dropped_let_their_files_go(LockKind kind)
    {
        using var disk = new KernelDisk(kind);
        disk.WriteFile("disk");
        AcquireAndDrop(disk.FullName("disk"), kind);

        Patience.Until(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return disk.Probe("disk") is null;
            },
            "the file is free");
    }

    [Test]
    public void Lease_that_is_kept_keeps_its_locks()
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        ILease lease = AcquireAndDrop(disk.FullName("disk"), LockKind.OpenFileDescription);

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.That(disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        lease.Dispose();
    }

    [Test]
    public async Task Continuation_of_a_waiter_runs_outside_the_lock()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        ILease first = locks.Default.Acquire("/disk");
        Task<bool> continued = locks.Default.AcquireAsync("/disk", wait: Timeout.InfiniteTimeSpan).AsTask().ContinueWith(
            granted => Task.Run(() => locks.Leases.Count).Wait(TimeSpan.FromSeconds(5)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Patience.Until(() => locks.WaiterCount > 0, "somebody waits");

        // On a thread without a synchronization context: the one of the test runner would keep the continuation from running at once.
        await Task.Run(first.Dispose);

        Assert.That(await continued.WaitAsync(Patience.Bound), Is.True, "another thread is served meanwhile");
    }

    /// <summary>Apart, so that nothing on the test's stack refers to the locks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ILease AcquireAndDrop(string path, LockKind kind)
    {
        var locks = new ProcessLocks(new VirtLockOptions { LockKind = kind });
        return locks.Default.Acquire(path);
    }

    private sealed class FailingLogger : ILogger<ProcessLocks>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("the logger's own fault");
    }
}
