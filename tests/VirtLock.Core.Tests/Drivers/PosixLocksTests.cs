using Microsoft.Extensions.Logging;
using VirtLock.Core.Tests.DependencyInjection;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// POSIX locks belong to the process: what one user of a file in the process may cost another, whichever driver each has, and how a process
/// comes to have them without asking.
/// </summary>
[TestFixture]
internal sealed class PosixLocksTests
{
    private const int InvalidArgument = 22;
    private const int FellBack = 1005;

    private KernelDisk _disk = null!;
    private FilePath _path;

    [SetUp]
    public void MakeDisk()
    {
        _disk = new KernelDisk(LockKind.Posix);
        _disk.WriteFile("disk");
        _path = _disk.PathOf("disk");
    }

    [TearDown]
    public void DisposeDisk()
    {
        Assert.That(_disk.OpenFiles, Is.Zero);
        _disk.Dispose();
    }

    [Test]
    public void Second_locks_of_a_process_are_refused_what_the_first_hold()
    {
        using var first = new ProcessLocks(new VirtLockOptions { LockKind = LockKind.Posix });
        using var second = new ProcessLocks(new VirtLockOptions { LockKind = LockKind.Posix });
        ILease lease = first.Default.Acquire(_disk.FullName("disk"));

        Assert.That(second.Default.TryAcquire(_disk.FullName("disk")), Is.Null);
        lease.Dispose();
        using ILease? afterwards = second.Default.TryAcquire(_disk.FullName("disk"));

        Assert.That(afterwards, Is.Not.Null);
    }

    [Test]
    public void Disposing_one_of_two_locks_of_a_process_drops_nothing_of_the_other()
    {
        using var first = new ProcessLocks(new VirtLockOptions { LockKind = LockKind.Posix });
        using ILease kept = first.Default.Acquire(_disk.FullName("disk"), LockMode.Shared);
        using (var second = new ProcessLocks(new VirtLockOptions { LockKind = LockKind.Posix }))
        {
            second.Default.Acquire(_disk.FullName("disk"), LockMode.Shared);
        }

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Shared));
    }

    [Test]
    public void Driver_of_the_other_kind_drops_no_POSIX_lock([Values] LockMode mode)
    {
        HeldFile held = Lock(_disk.Driver, mode);

        LockAttempt attempt = new FcntlLockDriver().TryLock(_path, LockMode.Exclusive, autocreate: true);

        Assert.That(attempt.IsBusy, Is.True);
        Assert.That(_disk.Probe("disk"), Is.EqualTo(mode));
        Release(_disk.Driver, held, mode);
    }

    [Test]
    public void Closing_an_open_file_lock_drops_no_POSIX_lock_on_the_same_file()
    {
        var other = new FcntlLockDriver();
        HeldFile openFile = Lock(other, LockMode.Shared);
        HeldFile posix = Lock(_disk.Driver, LockMode.Shared);

        Release(other, openFile, LockMode.Shared);

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Shared));
        Release(_disk.Driver, posix, LockMode.Shared);
    }

    [Test]
    public void Descriptor_of_a_held_file_is_closed_with_the_lock_only()
    {
        HeldFile held = Lock(_disk.Driver, LockMode.Exclusive);

        PosixHeldFiles.OfProcess.Close(held.Identity, Descriptor.Open(_path.NullTerminated, LibC.O_RDWR));

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Release(_disk.Driver, held, LockMode.Exclusive);
    }

    [Test]
    public void Lock_is_joined_in_by_who_opened_the_file_before_it_was_taken()
    {
        Descriptor first = Descriptor.Open(_path.NullTerminated, LibC.O_RDWR);
        Descriptor second = Descriptor.Open(_path.NullTerminated, LibC.O_RDWR);
        FileIdentity identity = FileStatus.Identify(first)!.Value;

        LockAttempt? taken = PosixHeldFiles.OfProcess.Take(identity, first, LockMode.Shared, out _);
        LockAttempt? joined = PosixHeldFiles.OfProcess.Take(identity, second, LockMode.Shared, out _);
        PosixHeldFiles.OfProcess.Remove(identity);
        LockMode? between = _disk.Probe("disk");
        PosixHeldFiles.OfProcess.Remove(identity);

        Assert.That((taken!.Value.IsGranted, joined!.Value.IsGranted), Is.EqualTo((true, true)));
        Assert.That(between, Is.EqualTo(LockMode.Shared));
    }

    [Test]
    public void Two_adopted_names_of_one_file_are_as_strong_as_the_stronger([Values] LockMode first, [Values] LockMode second)
    {
        var driver = (FcntlLockDriver)_disk.Driver;
        HeldFile one = driver.Adopt(Descriptor.Open(_path.NullTerminated, LibC.O_RDWR), _path, first, LockKind.Posix, null).File!.Value;
        HeldFile two = driver.Adopt(Descriptor.Open(_path.NullTerminated, LibC.O_RDWR), _path, second, LockKind.Posix, null).File!.Value;
        LockMode stronger = first == LockMode.Exclusive ? first : second;

        LockAttempt third = driver.TryLock(_path, LockMode.Shared, autocreate: false);
        LockMode? inKernel = _disk.Probe("disk");
        Release(driver, one, first);
        Release(driver, two, second);
        if (third.IsGranted)
        {
            Release(driver, third.File, LockMode.Shared);
        }

        Assert.That(inKernel, Is.EqualTo(stronger));
        Assert.That(third.IsGranted, Is.EqualTo(stronger == LockMode.Shared));
    }

    [Test]
    public void File_system_without_open_file_locks_gets_a_POSIX_lock_and_a_warning()
    {
        using var log = new RecordingLog();
        using var locks = new ProcessLocks(new VirtLockOptions(), logger: new Logger<ProcessLocks>(log));

        using ILease lease = RefusedCalls.Run(RefusedCalls.OpenFileLock, () => locks.Default.Acquire(_disk.FullName("disk")));

        Assert.That(lease.Kind, Is.EqualTo(LockKind.Posix));
        Assert.That(log.Entries, Has.One.EqualTo((LogLevel.Warning, FellBack)));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public void POSIX_locks_that_were_asked_for_are_no_reason_to_warn()
    {
        using var log = new RecordingLog();
        using var locks = new ProcessLocks(
            new VirtLockOptions { LockKind = LockKind.Posix }, logger: new Logger<ProcessLocks>(log));

        using ILease lease = locks.Default.Acquire(_disk.FullName("disk"));

        Assert.That(lease.Kind, Is.EqualTo(LockKind.Posix));
        Assert.That(log.Entries, Has.None.EqualTo((LogLevel.Warning, FellBack)));
    }

    [Test]
    public void Fallback_that_is_not_allowed_fails_with_what_the_kernel_said()
    {
        using var locks = new ProcessLocks(new VirtLockOptions { AllowPosixFallback = false });

        LockRefusedException? refused = RefusedCalls.Run(
            RefusedCalls.OpenFileLock,
            () => Assert.Throws<LockRefusedException>(() => locks.Default.Acquire(_disk.FullName("disk"))));

        Assert.That(refused!.Errno, Is.EqualTo(InvalidArgument));
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    private HeldFile Lock(ILockDriver driver, LockMode mode)
    {
        LockAttempt attempt = driver.TryLock(_path, mode, autocreate: false);
        Assert.That(attempt.IsGranted, Is.True, attempt.Error?.Description);
        return attempt.File;
    }

    private void Release(ILockDriver driver, in HeldFile held, LockMode mode) =>
        Assert.That(driver.Release(held, _path, mode, autocreate: false), Is.Null);
}
