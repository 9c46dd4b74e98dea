using Microsoft.Extensions.Options;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>Whatever is wrong with a call is said by a documented exception at once; nothing hangs and nothing is tried.</summary>
internal sealed class MisuseTests
{
    private ProcessLocks _locks = null!;

    private static IEnumerable<TestCaseData> BadNames =>
    [
        new TestCaseData(false, string.Empty),
        new TestCaseData(false, "relative/disk.img"),
        new TestCaseData(false, "./disk.img"),
        new TestCaseData(true, string.Empty),
        new TestCaseData(true, "/absolute"),
        new TestCaseData(true, "../outside"),
        new TestCaseData(true, "a/../../outside"),
    ];

    [SetUp]
    public void MakeLocks()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        _locks = new ProcessLocks(new VirtLockOptions(), driver);
    }

    [TearDown]
    public void DisposeLocks() => _locks.Dispose();

    [TestCaseSource(nameof(BadNames))]
    public void Name_that_the_space_cannot_have_is_an_argument_error_everywhere(bool inDirectory, string name)
    {
        ILockSpace space = inDirectory ? _locks.OpenDirectory("/space") : _locks.Default;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => space.TryAcquire(name), Throws.ArgumentException);
            Assert.That(() => space.Acquire(name), Throws.ArgumentException);
            Assert.That(async () => await space.TryAcquireAsync(name), Throws.ArgumentException);
            Assert.That(async () => await space.AcquireAsync(name), Throws.ArgumentException);
            Assert.That(() => space.FindHolder(name), Throws.ArgumentException);
            Assert.That(() => space.CreateResource(name), Throws.ArgumentException);
            Assert.That(() => space.DeleteResource(name), Throws.ArgumentException);
        }
    }

    [Test]
    public void Null_is_refused_by_name()
    {
        Assert.That(() => _locks.Default.TryAcquire((string)null!), Throws.ArgumentNullException);
        Assert.That(() => _locks.OpenDirectory((string)null!), Throws.ArgumentNullException);
        Assert.That(() => new ProcessLocks(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Name_with_NUL_is_refused()
    {
        Assert.That(() => _locks.Default.TryAcquire("/di\0sk"), Throws.ArgumentException);
    }

    [TestCase("")]
    [TestCase("relative")]
    public void Directory_of_a_space_must_be_absolute(string directory)
    {
        Assert.That(() => _locks.OpenDirectory(directory), Throws.ArgumentException);
    }

    [TestCase(-2)]
    [TestCase((long)int.MaxValue + 1)]
    public void Wait_out_of_range_is_refused(long milliseconds)
    {
        var wait = TimeSpan.FromMilliseconds(milliseconds);

        Assert.That(() => _locks.Default.Acquire("/disk", wait: wait), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(async () => await _locks.Default.AcquireAsync("/disk", wait: wait), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Mode_that_is_none_is_refused()
    {
        Assert.That(() => _locks.Default.TryAcquire("/disk", (LockMode)7), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Disposed_locks_say_so_everywhere()
    {
        ILockSpace space = _locks.Default;
        _locks.Dispose();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => space.TryAcquire("/disk"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => space.Acquire("/disk", wait: Timeout.InfiniteTimeSpan), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await space.TryAcquireAsync("/disk"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await space.AcquireAsync("/disk"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => space.FindHolder("/disk"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => space.CreateResource("/new"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => space.DeleteResource("/new"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => _locks.OpenDirectory("/space"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => _locks.Leases, Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(_locks.Verify, Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(_locks.Dispose, Throws.Nothing);
        }
    }

    [Test]
    public void Every_bad_option_is_named()
    {
        var options = new VirtLockOptions
        {
            LockKind = (LockKind)9,
            VerifyInterval = TimeSpan.Zero,
            LongestRetryInterval = Timeout.InfiniteTimeSpan,
            OwnerName = "a\0b",
        };

        OptionsValidationException wrong = Assert.Throws<OptionsValidationException>(() => new ProcessLocks(options).Dispose())!;

        Assert.That(
            wrong.Failures,
            Has.Exactly(4).Items
                .And.Some.Contains(nameof(VirtLockOptions.LockKind))
                .And.Some.Contains(nameof(VirtLockOptions.VerifyInterval))
                .And.Some.Contains(nameof(VirtLockOptions.LongestRetryInterval))
                .And.Some.Contains(nameof(VirtLockOptions.OwnerName)));
    }
}
