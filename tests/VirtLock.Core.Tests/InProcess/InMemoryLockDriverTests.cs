using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Core.Tests.InProcess;

internal sealed class InMemoryLockDriverTests
{
    private static readonly FilePath Disk = new("/disk");

    private readonly InMemoryLockDriver _driver = new();

    [Test]
    public void Adding_a_file_adds_its_directories()
    {
        _driver.AddFile("/images/web/disk.img");

        Assert.That(_driver.Exists("/images/web"), Is.True);
        Assert.That(_driver.Exists("/images//./web/../web/disk.img"), Is.True);
    }

    [Test]
    public void What_cannot_be_added_is_said()
    {
        _driver.AddFile("/disk");

        Assert.That(() => _driver.AddFile("/disk/part"), Throws.InstanceOf<IOException>());
        Assert.That(() => _driver.AddLink("/missing", "/link"), Throws.InstanceOf<IOException>());
        Assert.That(() => _driver.AddLink("/disk", "/disk"), Throws.InstanceOf<IOException>());
        Assert.That(() => _driver.AddLink("/disk", "/nowhere/link"), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void Empty_name_is_no_file()
    {
        var empty = new FilePath("");

        Assert.That(_driver.CreateFile(empty)!.Number, Is.EqualTo(LibC.ENOENT));
        Assert.That(_driver.TryLock(empty, LockMode.Exclusive, autocreate: true).Error!.Number, Is.EqualTo(LibC.ENOENT));
    }

    [Test]
    public void Locks_that_were_taken_away_leave_room_for_others_and_are_not_given_back_twice()
    {
        _driver.AddFile("/disk");
        HeldFile lost = _driver.TryLock(Disk, LockMode.Exclusive, autocreate: false).File;

        _driver.TakeLocksAway("/disk");
        HeldFile next = _driver.TryLock(Disk, LockMode.Exclusive, autocreate: false).File;

        Assert.That(_driver.IsHeld(lost, Disk, LockMode.Exclusive), Is.False);
        Assert.That(_driver.IsHeld(next, Disk, LockMode.Exclusive), Is.True);
        _driver.Release(lost, Disk, LockMode.Exclusive, autocreate: false);
        Assert.That(_driver.ModeOf("/disk"), Is.EqualTo(LockMode.Exclusive));
    }
}
