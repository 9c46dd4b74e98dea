using VirtLock.Core.Tests.Drivers;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>Many threads, many times: nothing leaks, and no two hold at once what only one may.</summary>
internal sealed class StressTests
{
    private const int Threads = 8;

    [Test]
    public void Million_cycles_from_eight_threads_leak_nothing_and_lose_no_lease()
    {
        const int Cycles = 1_000_000;
        const int Files = 12;
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        using var locks = new ProcessLocks(new VirtLockOptions { VerifyInterval = TimeSpan.FromMilliseconds(50) });
        int[] holders = new int[Files];
        long granted = 0;
        long lost = 0;
        for (int file = 0; file < Files; file++)
        {
            disk.WriteFile($"{file}");
        }

        locks.Happened += happened => Interlocked.Add(ref lost, happened.Kind == LockEventKind.Lost ? 1 : 0);
        ResourceName[] names = [.. Enumerable.Range(0, Files).Select(file => (ResourceName)disk.FullName($"{file}"))];

        OnThreads(thread =>
        {
            for (int cycle = 0; cycle < Cycles / Threads; cycle++)
            {
                int file = (cycle + (thread * 5)) % Files;
                using ILease lease = locks.Default.Acquire(names[file], wait: Timeout.InfiniteTimeSpan);
                Alone(ref holders[file]);
                Interlocked.Increment(ref granted);
            }
        });

        Assert.That(Interlocked.Read(ref granted), Is.EqualTo(Cycles));
        Assert.That(Interlocked.Read(ref lost), Is.Zero);
        Assert.That(locks.Leases, Is.Empty);
        Assert.That(locks.WaiterCount, Is.Zero);
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Threads_that_contend_for_kernel_locks_by_all_verbs_leave_no_descriptor()
    {
        const int Cycles = 40_000;
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        disk.WriteFile("disk");
        using var locks = new ProcessLocks();
        ILockSpace space = locks.OpenDirectory(disk.FullName("space"));
        int holders = 0;

        OnThreads(thread =>
        {
            for (int cycle = 0; cycle < Cycles / Threads; cycle++)
            {
                switch ((cycle + thread) % 4)
                {
                    case 0:
                        using (locks.Default.Acquire(disk.FullName("disk"), wait: Timeout.InfiniteTimeSpan))
                        {
                            Alone(ref holders);
                        }

                        break;
                    case 1:
                        locks.Default.TryAcquire(disk.FullName("disk"), LockMode.Shared)?.Dispose();
                        break;
                    case 2:
                        space.Acquire("lease", LockMode.Shared, Timeout.InfiniteTimeSpan, autocreate: true).Dispose();
                        break;
                    default:
                        space.TryAcquireAsync("lease", autocreate: true).AsTask().GetAwaiter().GetResult()?.Dispose();
                        break;
                }
            }
        });

        Assert.That(disk.OpenFiles, Is.Zero);
        Assert.That(disk.Exists("space/lease"), Is.False);
        Assert.That(disk.Probe("disk"), Is.Null);
    }

    [Test]
    public async Task Cancellation_at_any_moment_leaves_nothing_behind()
    {
        const int Rounds = 2_000;
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        var random = new Random(7);

        for (int round = 0; round < Rounds; round++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<ILease>[] attempts =
            [
                .. Enumerable.Range(0, 3).Select(_ => locks.Default.AcquireAsync(
                    "/disk", wait: Timeout.InfiniteTimeSpan, cancellation: cancellation.Token).AsTask()),
            ];
            Task canceller = Task.Run(() =>
            {
                Thread.SpinWait(random.Next(2_000));
                cancellation.Cancel();
            });

            foreach (Task<ILease> attempt in attempts)
            {
                await Task.WhenAny(attempt).WaitAsync(Patience.Bound);
                if (attempt.IsCompletedSuccessfully)
                {
                    (await attempt).Dispose();
                }
            }

            await canceller;
            Assert.That(locks.Leases, Is.Empty);
        }

        Assert.That(locks.WaiterCount, Is.Zero);
        Assert.That(driver.ModeOf("/disk"), Is.Null);
    }

    private static void Alone(ref int holders)
    {
        if (Interlocked.Increment(ref holders) != 1)
        {
            throw new InvalidOperationException("Two hold what only one may.");
        }

        Interlocked.Decrement(ref holders);
    }

    private static void OnThreads(Action<int> work)
    {
        Exception? failure = null;
        Thread[] threads =
        [
            .. Enumerable.Range(0, Threads).Select(number => new Thread(() =>
            {
                try
                {
                    work(number);
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => Assert.That(thread.Join(TimeSpan.FromMinutes(3)), Is.True, "the threads come to an end"));
        Assert.That(failure, Is.Null);
    }
}
