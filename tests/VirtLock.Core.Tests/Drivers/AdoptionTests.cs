using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Processes;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// Locks that come with a descriptor from an earlier image of the process: kept if they are there, taken again if they can be.
/// </summary>
[TestFixture]
internal sealed unsafe class AdoptionTests
{
    private KernelDisk _disk = null!;
    private FcntlLockDriver _driver = null!;
    private FilePath _path;

    [SetUp]
    public void MakeDisk()
    {
        _disk = new KernelDisk(LockKind.OpenFileDescription);
        _driver = new FcntlLockDriver();
        _disk.WriteFile("disk");
        _disk.WriteFile("other");
        _path = _disk.PathOf("disk");
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Lock_that_is_there_is_kept([Values] LockKind kind, [Values] LockMode mode, [Values] bool isKindKnown)
    {
        Descriptor descriptor = Open(_path);
        Assert.That(FileLock.Set(descriptor, kind, mode), Is.True);

        HeldFile? held = Adopt(_driver, descriptor, _path, mode, isKindKnown ? kind : null, out string? problem);

        Assert.That(problem, Is.Null);
        Assert.That(held!.Value.Descriptor, Is.EqualTo(descriptor.Number));
        Assert.That(held.Value.Kind, Is.EqualTo(kind));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(mode));
        Release(held.Value, mode);
    }

    [Test]
    public void Lock_that_is_kept_is_never_free_in_between([Values] LockKind kind)
    {
        Descriptor descriptor = Open(_path);
        Assert.That(FileLock.Set(descriptor, kind, LockMode.Exclusive), Is.True);
        using var rival = Peer.StartAs("foreigner");
        Assert.That(rival.Ask($"autocreate {_path}"), Is.EqualTo("ok"));

        const int Rounds = 500;
        HeldFile? held = null;
        for (int round = 0; round < Rounds; round++)
        {
            held = Adopt(new FcntlLockDriver(), descriptor, _path, LockMode.Exclusive, kind, out _);
        }

        Assert.That(rival.Ask("stop"), Does.StartWith("0 "), "grants of the other process");
        Assert.That(held, Is.Not.Null);

        // POSIX locks are counted for the whole process; an open file lock was adopted by as many drivers, each the only one in life.
        for (int round = 0; round < (kind == LockKind.Posix ? Rounds : 1); round++)
        {
            Assert.That(_driver.Release(held!.Value, _path, LockMode.Exclusive, autocreate: false), Is.Null);
        }
    }

    [Test]
    public void Adopted_descriptor_does_not_pass_to_other_programs()
    {
        Descriptor descriptor = Open(_path, closeOnExec: false);

        HeldFile? held = Adopt(_driver, descriptor, _path, LockMode.Exclusive, LockKind.OpenFileDescription, out _);

        Assert.That(OpenDescriptors.IsCloseOnExec(descriptor.Number), Is.True);
        Release(held!.Value, LockMode.Exclusive);
    }

    [Test]
    public void Lock_that_is_missing_is_taken_again([Values] LockKind kind)
    {
        HeldFile? held = Adopt(_driver, Open(_path), _path, LockMode.Exclusive, kind, out string? problem);

        Assert.That(problem, Is.EqualTo("the lock was not held and was taken again"));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Release(held!.Value, LockMode.Exclusive);
    }

    [Test]
    public void Lock_that_somebody_else_has_got_is_lost([Values] LockKind kind)
    {
        _disk.TryLockElsewhere("disk", LockMode.Exclusive);

        HeldFile? held = Adopt(_driver, Open(_path), _path, LockMode.Exclusive, kind, out string? problem);

        Assert.That(held, Is.Null);
        Assert.That(problem, Does.Contain("cannot be taken again"));
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Descriptor_that_is_not_open_is_replaced()
    {
        const int NeverOpen = 1_000_000;

        HeldFile? held =
            Adopt(_driver, new Descriptor(NeverOpen), _path, LockMode.Exclusive, LockKind.OpenFileDescription, out string? problem);

        Assert.That(problem, Is.EqualTo($"descriptor {NeverOpen} is not open; the lock was taken again"));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Release(held!.Value, LockMode.Exclusive);
    }

    [Test]
    public void Descriptor_of_another_file_is_not_trusted()
    {
        Descriptor other = Open(_disk.PathOf("other"));

        HeldFile? held = Adopt(_driver, other, _path, LockMode.Exclusive, LockKind.OpenFileDescription, out string? problem);

        Assert.That(problem, Is.EqualTo($"descriptor {other} is another file; the lock was taken again"));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(_disk.Probe("other"), Is.Null);
        other.Close();
        Release(held!.Value, LockMode.Exclusive);
    }

    [Test]
    public void Descriptor_of_another_file_whose_own_file_is_held_elsewhere_is_lost()
    {
        Descriptor other = Open(_disk.PathOf("other"));
        _disk.TryLockElsewhere("disk", LockMode.Shared);

        HeldFile? held = Adopt(_driver, other, _path, LockMode.Exclusive, LockKind.OpenFileDescription, out string? problem);

        Assert.That(held, Is.Null);
        Assert.That(problem, Does.EndWith("the lock cannot be taken again: somebody else holds it"));
        other.Close();
    }

    [Test]
    public void File_that_was_removed_meanwhile_is_still_held()
    {
        Descriptor descriptor = Open(_path);
        Assert.That(FileLock.Set(descriptor, LockKind.OpenFileDescription, LockMode.Exclusive), Is.True);
        _disk.Delete("disk");

        HeldFile? held = Adopt(_driver, descriptor, _path, LockMode.Exclusive, LockKind.OpenFileDescription, out string? problem);

        Assert.That(problem, Is.Null);
        Assert.That(held!.Value.Descriptor, Is.EqualTo(descriptor.Number));
        Release(held.Value, LockMode.Exclusive);
    }

    [Test]
    public void Lock_on_a_file_that_was_replaced_under_its_path_stays_where_it_is([Values] LockKind kind, [Values] bool isRecorded)
    {
        Descriptor descriptor = Open(_path);
        Assert.That(FileLock.Set(descriptor, kind, LockMode.Exclusive), Is.True);
        FileIdentity locked = FileStatus.Identify(descriptor)!.Value;
        File.Move(_disk.PathOf("other").ToString(), _path.ToString(), overwrite: true);

        Adoption adoption = _driver.Adopt(descriptor, _path, LockMode.Exclusive, kind, isRecorded ? locked : null);

        Assert.That(adoption, Is.EqualTo(new Adoption(new HeldFile(descriptor.Number, locked, kind), null)));
        Assert.That(_disk.Probe("disk"), Is.Null, "the new file is not locked");
        Release(adoption.File!.Value, LockMode.Exclusive);
    }

    [Test]
    public void Lock_is_never_taken_again_on_another_file_than_was_locked()
    {
        FileIdentity gone = FileStatus.Identify(_disk.PathOf("other"))!.Value;
        string problem = "descriptor 7 is not open";

        HeldFile? held = _driver.TakeAnew(_path, LockMode.Exclusive, gone, ref problem);

        Assert.That(held, Is.Null);
        Assert.That(
            problem, Is.EqualTo($"descriptor 7 is not open, and the lock cannot be taken again: {_path} has become another file"));
        Assert.That(_disk.OpenFiles, Is.Zero);
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [Test]
    public void Descriptor_of_another_file_than_was_locked_is_not_trusted()
    {
        Descriptor descriptor = Open(_path);
        FileIdentity locked = FileStatus.Identify(_disk.PathOf("other"))!.Value;

        Adoption adoption = _driver.Adopt(descriptor, _path, LockMode.Exclusive, LockKind.OpenFileDescription, locked);

        Assert.That(adoption, Is.EqualTo(new Adoption(null, $"descriptor {descriptor} is another file", CanBeTakenAnew: true)));
        descriptor.Close();
    }

    [Test]
    public void What_the_kernel_remembers_of_a_file_is_what_the_file_system_says()
    {
        foreach (string name in (string[])["/dev/null", "/proc/self/status", _path.ToString()])
        {
            var descriptor = Descriptor.Open(new FilePath(name).NullTerminated, LibC.O_RDONLY);
            Assert.That(FileStatus.Recall(descriptor), Is.EqualTo(FileStatus.Identify(descriptor)), name);
            descriptor.Close();
        }
    }

    [Test]
    public void Two_names_of_one_file_with_a_POSIX_lock_each_are_let_go_one_by_one()
    {
        _disk.Link("disk", "alias");
        Descriptor first = Open(_path);
        Descriptor second = Open(_disk.PathOf("alias"));
        Assert.That(FileLock.Set(first, LockKind.Posix, LockMode.Exclusive), Is.True);
        Assert.That(FileLock.Set(second, LockKind.Posix, LockMode.Exclusive), Is.True);

        HeldFile one = Adopt(_driver, first, _path, LockMode.Exclusive, LockKind.Posix, out _)!.Value;
        HeldFile two = Adopt(_driver, second, _disk.PathOf("alias"), LockMode.Exclusive, LockKind.Posix, out _)!.Value;
        Assert.That(_driver.Release(one, _path, LockMode.Exclusive, autocreate: false), Is.Null);
        LockMode? between = _disk.Probe("disk");
        Assert.That(_driver.Release(two, _disk.PathOf("alias"), LockMode.Exclusive, autocreate: false), Is.Null);

        Assert.That(between, Is.EqualTo(LockMode.Exclusive));
        Assert.That(_disk.Probe("disk"), Is.Null);
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Stray_descriptor_of_a_file_with_a_POSIX_lock_waits_for_the_lock_to_go()
    {
        Descriptor descriptor = Open(_path);
        Assert.That(FileLock.Set(descriptor, LockKind.Posix, LockMode.Exclusive), Is.True);
        HeldFile held = Adopt(_driver, descriptor, _path, LockMode.Exclusive, LockKind.Posix, out _)!.Value;

        _driver.CloseStray(Open(_path));
        LockMode? after = _disk.Probe("disk");
        Release(held, LockMode.Exclusive);

        Assert.That(after, Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public void Stray_descriptor_of_any_other_file_is_closed()
    {
        _driver.CloseStray(Open(_path));

        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    /// <summary>Goes on with the lock, or takes it anew where that is possible: a restore that knows nothing of the file.</summary>
    private static HeldFile? Adopt(
        FcntlLockDriver driver, Descriptor descriptor, FilePath path, LockMode mode, LockKind? kind, out string? problem)
    {
        Adoption adoption = driver.Adopt(descriptor, path, mode, kind, recorded: null);
        problem = adoption.Problem;
        if (!adoption.CanBeTakenAnew)
        {
            return adoption.File;
        }

        string reason = problem!;
        HeldFile? file = driver.TakeAnew(path, mode, recorded: null, ref reason);
        problem = reason;
        return file;
    }

    private static Descriptor Open(FilePath path, bool closeOnExec = true)
    {
        var descriptor = Descriptor.Open(path.NullTerminated, LibC.O_RDWR);
        Assert.That(descriptor.IsNone, Is.False);
        Assert.That(descriptor.SetCloseOnExec(closeOnExec), Is.True);
        return descriptor;
    }

    /// <summary>Lets go as the model would, and sees that nothing is left.</summary>
    private void Release(in HeldFile held, LockMode mode)
    {
        Assert.That(_driver.Release(held, _path, mode, autocreate: false), Is.Null);
        Assert.That(_disk.OpenFiles, Is.Zero);
        if (_disk.Exists("disk"))
        {
            Assert.That(_disk.Probe("disk"), Is.Null);
        }
    }
}
