using Microsoft.Extensions.Time.Testing;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>
/// Waiting for a holder in this process or elsewhere, blocking or not; how a wait may end, and that nothing is left of it.
/// </summary>
[TestFixture(true)]
[TestFixture(false)]
internal sealed class WaitingTests(bool blocking)
{
    private static readonly FilePath Disk = new("/disk");

    private InMemoryLockDriver _driver = null!;
    private FakeTimeProvider _time = null!;
    private ProcessLocks _locks = null!;

    [SetUp]
    public void MakeLocks()
    {
        _driver = new InMemoryLockDriver();
        _driver.AddFile("/disk");
        _time = new FakeTimeProvider();
        _locks = new ProcessLocks(new VirtLockOptions { VerifyInterval = Timeout.InfiniteTimeSpan }, _driver, _time);
    }

    [TearDown]
    public void NothingIsLeftBehind()
    {
        _locks.Dispose();
        Assert.That(_driver.ModeOf("/disk"), Is.Null, "every lock was given up");
    }

    [Test]
    public async Task Release_in_this_process_ends_the_wait_without_the_clock()
    {
        ILease first = _locks.Default.Acquire("/disk");
        Task<ILease> waiting = Acquire(Timeout.InfiniteTimeSpan);
        WaitUntilWaiting();

        first.Dispose();

        using ILease second = await waiting.WaitAsync(Patience.Bound);
        Assert.That(second.Name, Is.EqualTo((ResourceName)"/disk"));
    }

    [Test]
    public async Task Release_elsewhere_is_found_at_the_next_try()
    {
        HeldFile foreign = LockElsewhere();
        Task<ILease> waiting = Acquire(Timeout.InfiniteTimeSpan);
        WaitUntilWaiting();

        _driver.Release(foreign, Disk, LockMode.Exclusive, autocreate: false);
        await AdvanceUntil(waiting, TimeSpan.FromSeconds(1));

        (await waiting).Dispose();
    }

    [Test]
    public async Task Wait_that_is_over_names_the_holder()
    {
        using ILease first = _locks.Default.Acquire("/disk");
        Task<ILease> waiting = Acquire(TimeSpan.FromSeconds(5));
        WaitUntilWaiting();

        await AdvanceUntil(waiting, TimeSpan.FromSeconds(6));

        ResourceBusyException busy = (await Assert.ThrowsAsync<ResourceBusyException>(async () => await waiting))!;
        Assert.That(busy.Holder.Pid, Is.EqualTo(new ProcessId((uint)Environment.ProcessId)));
    }

    [Test]
    public async Task Wait_that_is_over_is_null_to_a_try()
    {
        LockElsewhere();
        Task<ILease?> waiting = TryAcquire(TimeSpan.FromSeconds(5));
        WaitUntilWaiting();

        await AdvanceUntil(waiting, TimeSpan.FromSeconds(6));

        Assert.That(await waiting, Is.Null);
        _driver.TakeLocksAway("/disk");
    }

    [Test]
    public void Cancellation_ends_the_wait()
    {
        using ILease first = _locks.Default.Acquire("/disk");
        using var cancellation = new CancellationTokenSource();
        Task<ILease> waiting = Acquire(Timeout.InfiniteTimeSpan, cancellation.Token);
        WaitUntilWaiting();

        cancellation.Cancel();

        Assert.That(async () => await waiting.WaitAsync(Patience.Bound), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Cancelled_before_the_call_takes_no_free_lock()
    {
        Assert.That(
            async () =>
                await Acquire(TimeSpan.Zero, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_driver.ModeOf("/disk"), Is.Null);
    }

    [Test]
    public void Disposal_ends_the_wait()
    {
        _locks.Default.Acquire("/disk");
        Task<ILease> waiting = Acquire(Timeout.InfiniteTimeSpan);
        WaitUntilWaiting();

        _locks.Dispose();

        Assert.That(async () => await waiting.WaitAsync(Patience.Bound), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Shared_waiters_all_get_in_when_the_exclusive_holder_leaves()
    {
        ILease first = _locks.Default.Acquire("/disk");
        Task<ILease>[] waiting =
        [
            .. Enumerable.Range(0, 3).Select(_ => Start(
                () => _locks.Default.AcquireAsync("/disk", LockMode.Shared, Timeout.InfiniteTimeSpan))),
        ];

        first.Dispose();

        foreach (ILease lease in await Task.WhenAll(waiting).WaitAsync(Patience.Bound))
        {
            lease.Dispose();
        }
    }

    [Test]
    public async Task Wait_counts_as_one_refusal()
    {
        int refusals = 0;
        _locks.Happened += happened => refusals += happened.Kind == LockEventKind.Refused ? 1 : 0;
        LockElsewhere();
        Task<ILease?> waiting = TryAcquire(TimeSpan.FromSeconds(5));
        WaitUntilWaiting();

        await AdvanceUntil(waiting, TimeSpan.FromSeconds(6));

        Assert.That(refusals, Is.EqualTo(1));
        _driver.TakeLocksAway("/disk");
    }

    private HeldFile LockElsewhere()
    {
        LockAttempt attempt = _driver.TryLock(Disk, LockMode.Exclusive, autocreate: false);
        Assert.That(attempt.IsGranted, Is.True);
        return attempt.File;
    }

    private Task<ILease> Acquire(TimeSpan wait, CancellationToken cancellation = default) => blocking
        ? Task.Run(() => _locks.Default.Acquire("/disk", wait: wait, cancellation: cancellation))
        : Start(() => _locks.Default.AcquireAsync("/disk", wait: wait, cancellation: cancellation));

    private Task<ILease?> TryAcquire(TimeSpan wait) => blocking
        ? Task.Run(() => _locks.Default.TryAcquire("/disk", wait: wait))
        : Start(() => _locks.Default.TryAcquireAsync("/disk", wait: wait));

    private static Task<T> Start<T>(Func<ValueTask<T>> start) => start().AsTask();

    private void WaitUntilWaiting() => Patience.Until(() => _locks.WaiterCount > 0, "somebody waits");

    /// <summary>Moves the clock in small steps, as a waiter starts its timer anew after each.</summary>
    private async Task AdvanceUntil(Task waiting, TimeSpan span)
    {
        TimeSpan step = TimeSpan.FromMilliseconds(10);
        Patience.Until(
            () =>
            {
                _time.Advance(step);
                return waiting.IsCompleted;
            },
            $"the wait ends, which was due after {span}");
        await Task.WhenAny(waiting);
    }
}
