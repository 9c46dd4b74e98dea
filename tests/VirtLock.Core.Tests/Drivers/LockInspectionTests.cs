using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>Whether a lock still stands, which network storage does not promise: found out without touching the lock.</summary>
[TestFixture]
internal sealed unsafe class LockInspectionTests
{
    private KernelDisk _disk = null!;
    private FcntlLockDriver _driver = null!;
    private FilePath _path;

    [SetUp]
    public void MakeDisk()
    {
        _disk = new KernelDisk(LockKind.OpenFileDescription);
        _driver = (FcntlLockDriver)_disk.Driver;
        _disk.WriteFile("disk");
        _path = _disk.PathOf("disk");
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Lock_that_stands_is_held_and_stands_after_the_look([Values] LockMode mode)
    {
        HeldFile held = Lock(mode);

        Assert.That(_driver.IsHeld(held, _path, mode), Is.True);
        Assert.That(_disk.Probe("disk"), Is.EqualTo(mode));
        Assert.That(_disk.OpenFiles, Is.EqualTo(1));
        Release(held, mode);
    }

    [Test]
    public void Shared_lock_is_held_while_others_share_the_file()
    {
        HeldFile held = Lock(LockMode.Shared);
        _disk.TryLockElsewhere("disk", LockMode.Shared);

        Assert.That(_driver.IsHeld(held, _path, LockMode.Shared), Is.True);
        Release(held, LockMode.Shared);
    }

    [Test]
    public void Lock_that_vanished_is_not_held([Values] LockMode mode)
    {
        HeldFile held = Lock(mode);
        TakeAway(held);

        Assert.That(_driver.IsHeld(held, _path, mode), Is.False);
        Release(held, mode);
    }

    [Test]
    public void Lock_that_somebody_else_got_is_not_held([Values] LockMode mode)
    {
        HeldFile held = Lock(mode);
        TakeAway(held);
        Assert.That(_disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);

        Assert.That(_driver.IsHeld(held, _path, mode), Is.False);
        Release(held, mode);
    }

    [Test]
    public void Lock_on_a_file_that_lost_its_name_is_not_held()
    {
        HeldFile held = Lock(LockMode.Exclusive);
        _disk.Delete("disk");

        Assert.That(_driver.IsHeld(held, _path, LockMode.Exclusive), Is.False);
        Release(held, LockMode.Exclusive);
    }

    [Test]
    public void Lock_on_a_file_whose_name_leads_to_another_is_not_held()
    {
        HeldFile held = Lock(LockMode.Exclusive);
        _disk.Delete("disk");
        _disk.WriteFile("disk");

        Assert.That(_driver.IsHeld(held, _path, LockMode.Exclusive), Is.False);
        Release(held, LockMode.Exclusive);
    }

    [Test]
    public void POSIX_lock_is_taken_to_stand_and_is_not_dropped_by_looking()
    {
        using var disk = new KernelDisk(LockKind.Posix);
        disk.WriteFile("disk");
        FilePath path = disk.PathOf("disk");
        HeldFile held = disk.Driver.TryLock(path, LockMode.Exclusive, autocreate: false).File;

        Assert.That(((FcntlLockDriver)disk.Driver).IsHeld(held, path, LockMode.Exclusive), Is.True);
        Assert.That(disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public void Holder_of_a_path_is_found_and_nobody_when_it_is_free_or_missing()
    {
        HeldFile held = Lock(LockMode.Exclusive);

        Assert.That(_driver.FindHolder(_path)!.Pid, Is.EqualTo(new ProcessId((uint)Environment.ProcessId)));
        Release(held, LockMode.Exclusive);
        Assert.That(_driver.FindHolder(_path), Is.Null);
        Assert.That(_driver.FindHolder(_disk.PathOf("missing")), Is.Null);
    }

    private static void TakeAway(in HeldFile held)
    {
        LibC.flock_t request = FileLock.Request(LockMode.Exclusive);
        request.l_type = LibC.F_UNLCK;
        Assert.That(LibC.fcntl(held.Descriptor, LibC.F_OFD_SETLK, &request), Is.Zero);
    }

    private HeldFile Lock(LockMode mode)
    {
        LockAttempt attempt = _driver.TryLock(_path, mode, autocreate: false);
        Assert.That(attempt.IsGranted, Is.True);
        return attempt.File;
    }

    private void Release(in HeldFile held, LockMode mode) => Assert.That(_driver.Release(held, _path, mode, autocreate: false), Is.Null);
}
