using VirtLock.Locking;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// Several names of one file, in several lock spaces: the model refuses what the kernel may not, and an attempt through a second name never
/// costs the first one its lock. libvirt's daemon grants them all.
/// </summary>
[TestFixture(LockKind.OpenFileDescription)]
[TestFixture(LockKind.Posix)]
internal sealed class AliasTests(LockKind kind)
{
    private static readonly Owner First = Owner.OfPid(new ProcessId(1001));
    private static readonly Owner Second = Owner.OfPid(new ProcessId(1002));

    private KernelDisk _disk = null!;
    private LockTable _table = null!;

    private static IEnumerable<string> Aliases => ["symlink", "hardlink", "dir/../disk", "./disk", "/disk", "linked-dir/disk"];

    [SetUp]
    public void MakeDisk()
    {
        _disk = new KernelDisk(kind);
        _table = new LockTable(_disk.Driver, TimeProvider.System);
        _disk.WriteFile("disk");
        _disk.MakeDirectory("dir");
        _disk.Link("disk", "hardlink");
        File.CreateSymbolicLink(_disk.FullName("symlink"), _disk.FullName("disk"));
        File.CreateSymbolicLink(_disk.FullName("linked-dir"), _disk.Root);
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [TestCaseSource(nameof(Aliases))]
    public void Second_exclusive_lease_by_another_name_is_refused_and_names_the_first(string alias)
    {
        Acquire("disk", First, LockMode.Exclusive);

        LockOutcome refused = Attempt(alias, Second, LockMode.Exclusive);

        Assert.That(refused.IsBusy, Is.True);
        Assert.That(refused.Holder!.Name, Is.EqualTo(NameOf("disk")));
        Assert.That(refused.Holder.FirstLease!.Owner, Is.EqualTo(First));
        Assert.That(_table.LeaseCount, Is.EqualTo(1));
    }

    [TestCaseSource(nameof(Aliases))]
    public void Lease_stands_in_the_kernel_after_an_attempt_by_another_name(string alias)
    {
        Acquire("disk", First, LockMode.Exclusive);

        Attempt(alias, Second, LockMode.Exclusive);
        LockMode? afterExclusive = _disk.Probe("disk");
        Attempt(alias, Second, LockMode.Shared);
        LockMode? afterShared = _disk.Probe("disk");
        Attempt(alias, Second, LockMode.Exclusive, autocreate: true);
        LockMode? afterAutocreate = _disk.Probe("disk");
        Release("disk", First);

        Assert.That(new[] { afterExclusive, afterShared, afterAutocreate }, Is.All.EqualTo(LockMode.Exclusive));
        Assert.That(_disk.Probe("disk"), Is.Null, "released");
    }

    [TestCaseSource(nameof(Aliases))]
    public void Shared_leases_by_two_names_hold_until_the_last_is_released(string alias)
    {
        Acquire("disk", First, LockMode.Shared);
        Acquire(alias, Second, LockMode.Shared);

        LockOutcome refused = Attempt("hardlink", First, LockMode.Exclusive);
        Release("disk", First);
        LockMode? afterFirst = _disk.Probe("disk");
        Release(alias, Second);

        Assert.That(refused.IsBusy, Is.True);
        Assert.That(afterFirst, Is.EqualTo(LockMode.Shared));
        Assert.That(_disk.Probe("disk"), Is.Null);
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Directory_space_and_default_space_see_each_other()
    {
        LockSpace space = Space(_disk.Root);
        Acquire("disk", First, LockMode.Exclusive);

        LockOutcome refused = space.Acquire("disk"u8, Second, LockMode.Exclusive, autocreate: false);

        Assert.That(refused.IsBusy, Is.True);
        Assert.That(refused.Holder!.Space, Is.SameAs(_table.Default));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public void Two_spaces_on_one_directory_see_each_other()
    {
        LockSpace space = Space(_disk.Root);
        LockSpace slashed = Space(_disk.Root + "/");
        Assert.That(space.Acquire("disk"u8, First, LockMode.Exclusive, autocreate: false).IsGranted, Is.True);

        LockOutcome refused = slashed.Acquire("disk"u8, First, LockMode.Exclusive, autocreate: false);
        LockMode? afterRefusal = _disk.Probe("disk");
        ReleaseStatus elsewhere = slashed.Release("disk"u8, First.Pid);

        Assert.That(refused.Holder!.Space, Is.SameAs(space));
        Assert.That(afterRefusal, Is.EqualTo(LockMode.Exclusive));
        Assert.That(elsewhere, Is.EqualTo(ReleaseStatus.NotHeld), "a lease belongs to the space it was taken in");
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(space.Release("disk"u8, First.Pid), Is.EqualTo(ReleaseStatus.Released));
    }

    [Test]
    public void Shared_autocreated_file_goes_with_the_last_of_its_names()
    {
        LockSpace space = Space(_disk.Root);
        space.Acquire("lease"u8, First, LockMode.Shared, autocreate: true);
        Assert.That(Attempt("lease", Second, LockMode.Shared, autocreate: true).IsGranted, Is.True);

        space.Release("lease"u8, First.Pid);
        bool existed = _disk.Exists("lease");
        Release("lease", Second);

        Assert.That(existed, Is.True);
        Assert.That(_disk.Exists("lease"), Is.False);
    }

    [Test]
    public void Attempt_after_all_names_were_released_is_granted()
    {
        Acquire("disk", First, LockMode.Exclusive);
        Attempt("symlink", Second, LockMode.Exclusive);
        Release("disk", First);

        Acquire("symlink", Second, LockMode.Exclusive);

        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [TestCase("hardlink", true)]
    [TestCase("dir/../disk", true)]
    [TestCase("./disk", true)]
    [TestCase("linked-dir/disk", true)]
    [TestCase("symlink", false, Description = "the link goes, and the file stays")]
    public void Held_file_is_not_deleted_by_another_name(string alias, bool isRefused)
    {
        Acquire("disk", First, LockMode.Exclusive);

        LockOutcome outcome = _table.Default.DeleteResource(Path(alias).Bytes);

        Assert.That(outcome.IsBusy, Is.EqualTo(isRefused));
        Assert.That(_disk.Exists("disk"), Is.True);
        Assert.That(_disk.Exists(alias), Is.EqualTo(isRefused));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Release("disk", First);
    }

    private ResourceName NameOf(string name) => new(_disk.FullName(name));

    private LockSpace Space(string directory)
    {
        Assert.That(_table.Create(new FilePath(directory)).IsDirectory, Is.True);
        return _table.Find(new FilePath(directory).Bytes)!;
    }

    private LockOutcome Attempt(string name, Owner owner, LockMode mode, bool autocreate = false) =>
        _table.Default.Acquire(Path(name).Bytes, owner, mode, autocreate);

    private void Acquire(string name, Owner owner, LockMode mode) =>
        Assert.That(Attempt(name, owner, mode).IsGranted, Is.True);

    private void Release(string name, Owner owner) =>
        Assert.That(_table.Default.Release(Path(name).Bytes, owner.Pid), Is.EqualTo(ReleaseStatus.Released));

    /// <summary>Joined as bytes, as nothing may tidy the spelling.</summary>
    private FilePath Path(string name) => new($"{_disk.Root}/{name}");
}
