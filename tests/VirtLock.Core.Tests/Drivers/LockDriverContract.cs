using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>What every <see cref="ILockDriver"/> owes the model, whatever it locks.</summary>
internal abstract class LockDriverContract
{
    private const int NoEntry = 2;
    private const int NotDirectory = 20;
    private const int IsADirectory = 21;

    private ITestDisk _disk = null!;

    [SetUp]
    public void MakeDisk() => _disk = CreateDisk();

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Exclusive_lock_is_seen_by_others_until_it_is_released()
    {
        _disk.WriteFile("disk");

        HeldFile held = Lock("disk", LockMode.Exclusive);
        LockMode? before = _disk.Probe("disk");
        Release(held, "disk", LockMode.Exclusive);

        Assert.That(before, Is.EqualTo(LockMode.Exclusive));
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [TestCase(LockMode.Exclusive, LockMode.Exclusive, false)]
    [TestCase(LockMode.Exclusive, LockMode.Shared, false)]
    [TestCase(LockMode.Shared, LockMode.Exclusive, false)]
    [TestCase(LockMode.Shared, LockMode.Shared, true)]
    public void Only_shared_locks_go_together_with_those_of_others(LockMode theirs, LockMode ours, bool granted)
    {
        _disk.WriteFile("disk");
        Assume.That(_disk.TryLockElsewhere("disk", theirs), Is.True);

        LockAttempt attempt = Try("disk", ours);

        Assert.That(attempt.IsGranted, Is.EqualTo(granted));
        Assert.That(attempt.IsBusy, Is.EqualTo(!granted));
        if (granted)
        {
            Release(attempt.File, "disk", ours);
        }
    }

    [TestCase(LockMode.Exclusive, LockMode.Exclusive, false)]
    [TestCase(LockMode.Exclusive, LockMode.Shared, false)]
    [TestCase(LockMode.Shared, LockMode.Exclusive, false)]
    [TestCase(LockMode.Shared, LockMode.Shared, true)]
    public void Others_are_refused_by_the_same_rule(LockMode ours, LockMode theirs, bool granted)
    {
        _disk.WriteFile("disk");
        HeldFile held = Lock("disk", ours);

        Assert.That(_disk.TryLockElsewhere("disk", theirs), Is.EqualTo(granted));

        Release(held, "disk", ours);
    }

    [TestCase(LockMode.Exclusive, LockMode.Exclusive, false)]
    [TestCase(LockMode.Exclusive, LockMode.Shared, false)]
    [TestCase(LockMode.Shared, LockMode.Exclusive, false)]
    [TestCase(LockMode.Shared, LockMode.Shared, true)]
    public void Two_names_of_one_file_are_one_file(LockMode first, LockMode second, bool granted)
    {
        _disk.WriteFile("disk");
        _disk.Link("disk", "alias");
        HeldFile held = Lock("disk", first);

        LockAttempt attempt = Try("alias", second);

        Assert.That(attempt.IsGranted, Is.EqualTo(granted));
        Assert.That(attempt.IsBusy, Is.EqualTo(!granted));
        Assert.That(attempt.Identity, Is.EqualTo(held.Identity));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(first), "the first lock stands");
        if (granted)
        {
            Release(attempt.File, "alias", second);
            Assert.That(_disk.Probe("disk"), Is.EqualTo(first), "the first lock stands after the second has gone");
        }

        Release(held, "disk", first);
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [Test]
    public void A_refused_attempt_says_which_file_is_busy()
    {
        _disk.WriteFile("disk");
        FileIdentity identity = Lock("disk", LockMode.Shared).Identity;

        Assert.That(Try("disk", LockMode.Exclusive).Identity, Is.EqualTo(identity));
    }

    [Test]
    public void A_missing_file_is_not_found()
    {
        LockAttempt attempt = Try("missing", LockMode.Exclusive);

        Assert.That(attempt.Error, Is.Not.Null);
        Assert.That(attempt.Error!.Number, Is.EqualTo(NoEntry));
        Assert.That(
            attempt.Error.Description, Is.EqualTo($"Unable to open resource {_disk.PathOf("missing")}: No such file or directory"));
        Assert.That(_disk.Exists("missing"), Is.False);
    }

    [Test]
    public void A_file_in_a_missing_directory_is_not_created()
    {
        LockAttempt attempt = Try("missing/disk", LockMode.Exclusive, autocreate: true);

        Assert.That(attempt.Error!.Number, Is.EqualTo(NoEntry));
        Assert.That(
            attempt.Error.Description,
            Is.EqualTo($"Unable to open/create resource {_disk.PathOf("missing/disk")}: No such file or directory"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_directory_is_not_a_file(bool autocreate)
    {
        _disk.MakeDirectory("directory");

        Assert.That(Try("directory", LockMode.Shared, autocreate).Error!.Number, Is.EqualTo(IsADirectory));
    }

    [Test]
    public void A_file_below_a_file_is_not_found()
    {
        _disk.WriteFile("disk");

        Assert.That(Try("disk/part", LockMode.Shared).Error!.Number, Is.EqualTo(NotDirectory));
    }

    [TestCase(LockMode.Exclusive)]
    [TestCase(LockMode.Shared)]
    public void Autocreate_makes_the_file_and_the_release_removes_it(LockMode mode)
    {
        HeldFile held = Lock("lease", mode, autocreate: true);
        bool existed = _disk.Exists("lease");

        Release(held, "lease", mode, autocreate: true);

        Assert.That(existed, Is.True);
        Assert.That(_disk.Exists("lease"), Is.False);
    }

    [Test]
    public void Autocreate_takes_over_a_file_that_exists_and_removes_it_too()
    {
        _disk.WriteFile("lease");

        Release(Lock("lease", LockMode.Exclusive, autocreate: true), "lease", LockMode.Exclusive, autocreate: true);

        Assert.That(_disk.Exists("lease"), Is.False);
    }

    [Test]
    public void Without_autocreate_the_release_leaves_the_file()
    {
        _disk.WriteFile("disk");

        Release(Lock("disk", LockMode.Exclusive), "disk", LockMode.Exclusive);

        Assert.That(_disk.Exists("disk"), Is.True);
    }

    [Test]
    public void A_refused_autocreate_leaves_the_file_of_its_holder()
    {
        _disk.WriteFile("lease");
        _disk.TryLockElsewhere("lease", LockMode.Exclusive);

        LockAttempt attempt = Try("lease", LockMode.Exclusive, autocreate: true);

        Assert.That(attempt.IsBusy, Is.True);
        Assert.That(_disk.Exists("lease"), Is.True);
    }

    [Test]
    public void A_shared_autocreated_file_stays_while_another_process_shares_it()
    {
        HeldFile held = Lock("lease", LockMode.Shared, autocreate: true);
        Assume.That(_disk.TryLockElsewhere("lease", LockMode.Shared), Is.True);

        Release(held, "lease", LockMode.Shared, autocreate: true);

        Assert.That(_disk.Exists("lease"), Is.True);
        Assert.That(_disk.Probe("lease"), Is.EqualTo(LockMode.Shared), "the other process still has it");
    }

    [Test]
    public void A_shared_autocreated_file_stays_while_it_is_shared_by_another_name()
    {
        HeldFile first = Lock("lease", LockMode.Shared, autocreate: true);
        _disk.Link("lease", "alias");
        HeldFile second = Lock("alias", LockMode.Shared, autocreate: true);

        Release(first, "lease", LockMode.Shared, autocreate: true);
        bool existed = _disk.Exists("lease");
        Release(second, "alias", LockMode.Shared, autocreate: true);

        Assert.That(existed, Is.True);
        Assert.That(_disk.Exists("alias"), Is.False);
    }

    [Test]
    public void Releasing_an_autocreated_file_that_somebody_has_removed_is_no_error()
    {
        HeldFile held = Lock("lease", LockMode.Exclusive, autocreate: true);
        _disk.Delete("lease");

        Release(held, "lease", LockMode.Exclusive, autocreate: true);
    }

    [Test]
    public void Releasing_leaves_a_file_that_has_got_the_name_since()
    {
        HeldFile held = Lock("lease", LockMode.Exclusive, autocreate: true);
        _disk.Delete("lease");
        _disk.WriteFile("lease");
        Assume.That(_disk.TryLockElsewhere("lease", LockMode.Exclusive), Is.True);

        Release(held, "lease", LockMode.Exclusive, autocreate: true);

        Assert.That(_disk.Exists("lease"), Is.True);
        Assert.That(_disk.Probe("lease"), Is.EqualTo(LockMode.Exclusive), "its holder has it still");
    }

    [Test]
    public void Name_of_a_held_file_leads_to_it_until_it_is_removed_or_given_to_another()
    {
        _disk.WriteFile("disk");
        HeldFile held = Lock("disk", LockMode.Shared);

        bool before = _disk.Driver.IsNamed(held, _disk.PathOf("disk"));
        _disk.Delete("disk");
        bool removed = _disk.Driver.IsNamed(held, _disk.PathOf("disk"));
        _disk.WriteFile("disk");

        Assert.That((before, removed, _disk.Driver.IsNamed(held, _disk.PathOf("disk"))), Is.EqualTo((true, false, false)));
        Release(held, "disk", LockMode.Shared);
    }

    [Test]
    public void Names_of_one_file_identify_it()
    {
        _disk.WriteFile("disk");
        _disk.Link("disk", "alias");
        HeldFile held = Lock("disk", LockMode.Exclusive);

        Assert.That(_disk.Driver.Identify(_disk.PathOf("alias")), Is.EqualTo(held.Identity));
        Assert.That(_disk.Driver.Identify(_disk.PathOf("missing")), Is.Null);
        Release(held, "disk", LockMode.Exclusive);
    }

    [Test]
    public void Creating_a_file_makes_it_once()
    {
        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("new")), Is.Null);
        Assert.That(_disk.Exists("new"), Is.True);
        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("new")), Is.Null, "an existing one is fine");
    }

    [Test]
    public void Creating_a_file_drops_no_lock_on_it()
    {
        _disk.WriteFile("disk");
        HeldFile held = Lock("disk", LockMode.Exclusive);

        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("disk")), Is.Null);

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Release(held, "disk", LockMode.Exclusive);
    }

    [Test]
    public void A_directory_is_not_created_as_a_file()
    {
        _disk.MakeDirectory("directory");

        SystemError? error = _disk.Driver.CreateFile(_disk.PathOf("directory"));

        Assert.That(error!.Number, Is.EqualTo(IsADirectory));
        Assert.That(error.Description, Is.EqualTo($"Unable to open/create resource {_disk.PathOf("directory")}: Is a directory"));
    }

    [Test]
    public void Creating_a_file_in_a_missing_directory_fails()
    {
        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("missing/new"))!.Number, Is.EqualTo(NoEntry));
    }

    [Test]
    public void Deleting_removes_the_file_and_a_missing_one_is_no_failure()
    {
        _disk.WriteFile("old");

        Assert.That(_disk.Driver.DeleteFile(_disk.PathOf("old")), Is.Null);
        Assert.That(_disk.Exists("old"), Is.False);
        Assert.That(_disk.Driver.DeleteFile(_disk.PathOf("old")), Is.Null);
    }

    [Test]
    public void A_directory_is_not_deleted_as_a_file()
    {
        _disk.MakeDirectory("directory");

        SystemError? error = _disk.Driver.DeleteFile(_disk.PathOf("directory"));

        Assert.That(error!.Number, Is.EqualTo(IsADirectory));
        Assert.That(error.Description, Is.EqualTo($"Unable to delete resource {_disk.PathOf("directory")}: Is a directory"));
        Assert.That(_disk.Exists("directory"), Is.True);
    }

    [Test]
    public void Ensuring_a_directory_creates_it_with_its_parents()
    {
        DirectoryAttempt attempt = _disk.Driver.EnsureDirectory(_disk.PathOf("a/b/c"));

        Assert.That(attempt, Is.EqualTo(new DirectoryAttempt(true, null)));
        Assert.That(_disk.Exists("a/b/c"), Is.True);
        Assert.That(_disk.Driver.EnsureDirectory(_disk.PathOf("a/b/c")), Is.EqualTo(new DirectoryAttempt(true, null)), "again");
    }

    [Test]
    public void What_exists_and_is_no_directory_is_no_error_and_no_directory()
    {
        _disk.WriteFile("disk");

        Assert.That(_disk.Driver.EnsureDirectory(_disk.PathOf("disk")), Is.EqualTo(new DirectoryAttempt(false, null)));
    }

    [Test]
    public void A_directory_below_a_file_cannot_be_created()
    {
        _disk.WriteFile("disk");

        DirectoryAttempt attempt = _disk.Driver.EnsureDirectory(_disk.PathOf("disk/space"));

        Assert.That(attempt.IsDirectory, Is.False);
        Assert.That(attempt.Error!.Number, Is.EqualTo(NotDirectory));
        Assert.That(attempt.Error.Description, Is.EqualTo($"Unable to create lockspace {_disk.PathOf("disk/space")}: Not a directory"));
    }

    [Test]
    public void An_empty_path_is_no_directory()
    {
        DirectoryAttempt attempt = _disk.Driver.EnsureDirectory(default);

        Assert.That(attempt.IsDirectory, Is.False);
        Assert.That(attempt.Error!.Number, Is.EqualTo(NoEntry));
    }

    private protected abstract ITestDisk CreateDisk();

    private LockAttempt Try(string name, LockMode mode, bool autocreate = false) =>
        _disk.Driver.TryLock(_disk.PathOf(name), mode, autocreate);

    private HeldFile Lock(string name, LockMode mode, bool autocreate = false)
    {
        LockAttempt attempt = Try(name, mode, autocreate);
        Assert.That(attempt.IsGranted, Is.True, attempt.Error?.Description);
        return attempt.File;
    }

    private void Release(in HeldFile file, string name, LockMode mode, bool autocreate = false) =>
        Assert.That(_disk.Driver.Release(file, _disk.PathOf(name), mode, autocreate), Is.Null);
}
