using System.Text;
using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Locking;

/// <summary>Which names a lock space takes, and that they are bytes.</summary>
[TestFixture]
internal sealed class ResourceNameTests
{
    private static readonly Owner Owner = Owner.OfPid(new ProcessId(7));

    private MemoryDisk _disk = null!;
    private LockTable _table = null!;
    private LockSpace _space = null!;

    [SetUp]
    public void MakeSpace()
    {
        _disk = new MemoryDisk();
        _table = new LockTable(_disk.Driver, TimeProvider.System);
        Assert.That(_table.Create(_disk.PathOf("space")).IsDirectory, Is.True);
        _space = _table.Find("/space"u8)!;
        _disk.MakeDirectory("space/a");
        _disk.MakeDirectory("space/..a");
        _disk.MakeDirectory("space/a..");
        _disk.MakeDirectory("space/...");
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [TestCase("/etc/passwd")]
    [TestCase("/")]
    [TestCase("//x")]
    [TestCase("..")]
    [TestCase("../x")]
    [TestCase("a/..")]
    [TestCase("a/../x")]
    [TestCase("a/../../x")]
    [TestCase("a//../x")]
    [TestCase("nul\0")]
    [TestCase("\0")]
    [TestCase("a\0b")]
    public void Name_that_leaves_its_directory_space_is_refused(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);

        Assert.That(_space.Acquire(bytes, Owner, LockMode.Exclusive, autocreate: true).IsNameRefused, Is.True);
        Assert.That(_space.CreateResource(bytes).IsNameRefused, Is.True);
        Assert.That(_space.DeleteResource(bytes).IsNameRefused, Is.True);
        Assert.That(_space.Release(bytes, Owner.Pid), Is.EqualTo(ReleaseStatus.NotHeld));
    }

    [TestCase("x")]
    [TestCase("a/x")]
    [TestCase("a//x")]
    [TestCase("./x")]
    [TestCase("..a")]
    [TestCase("..x")]
    [TestCase("x..")]
    [TestCase("..a/x")]
    [TestCase("a../x")]
    [TestCase(".../x")]
    [TestCase("\\x")]
    [TestCase(" ")]
    public void Name_that_stays_in_its_directory_space_is_not_refused(string name)
    {
        LockOutcome outcome = _space.Acquire(Encoding.UTF8.GetBytes(name), Owner, LockMode.Exclusive, autocreate: true);

        Assert.That(outcome.IsNameRefused, Is.False);
    }

    [TestCase("/space/../x")]
    [TestCase("/x")]
    public void Default_space_takes_any_path(string name)
    {
        LockOutcome outcome = _table.Default.Acquire(Encoding.UTF8.GetBytes(name), Owner, LockMode.Exclusive, autocreate: true);

        Assert.That(outcome.IsGranted, Is.True);
    }

    [Test]
    public void Default_space_refuses_a_NUL_too_as_the_kernel_would_see_another_path()
    {
        LockOutcome outcome = _table.Default.Acquire("/x\0y"u8, Owner, LockMode.Exclusive, autocreate: true);

        Assert.That(outcome.IsNameRefused, Is.True);
    }

    [Test]
    public void Names_that_are_not_UTF8_are_told_apart_by_their_bytes()
    {
        byte[] one = [(byte)'x', 0xFF];
        byte[] other = [(byte)'x', 0xFE];

        Assert.That(new ResourceName(one), Is.Not.EqualTo(new ResourceName(other)));
        Assert.That(new ResourceName(one).ToString(), Is.EqualTo(new ResourceName(other).ToString()), "to people they look the same");
        Assert.That(new ResourceName(one).Bytes.ToArray(), Is.EqualTo(one));
        Assert.That(new FilePath(one), Is.Not.EqualTo(new FilePath(other)));
    }

    [Test]
    public void Nothing_is_normalised()
    {
        Assert.That(new FilePath("/a//b"), Is.Not.EqualTo(new FilePath("/a/b")));
        Assert.That(new FilePath("/a/"), Is.Not.EqualTo(new FilePath("/a")));
        Assert.That(new ResourceName("\u00E9"), Is.Not.EqualTo(new ResourceName("e\u0301")));
    }

    [Test]
    public void Equal_bytes_are_equal_and_hash_alike()
    {
        var name = new ResourceName("disk");
        var path = new FilePath("disk"u8);

        Assert.That(name == new ResourceName("disk"u8), Is.True);
        Assert.That(name.GetHashCode(), Is.EqualTo(new ResourceName("disk"u8).GetHashCode()));
        Assert.That(path == new FilePath("disk"), Is.True);
        Assert.That(path.GetHashCode(), Is.EqualTo(new FilePath("disk").GetHashCode()));
        Assert.That(path.Equals((object)"disk"), Is.False);
        Assert.That(name != default, Is.True);
    }

    [Test]
    public void Default_value_is_the_empty_name()
    {
        Assert.That(default(ResourceName), Is.EqualTo(new ResourceName(string.Empty)));
        Assert.That(default(FilePath), Is.EqualTo(new FilePath(string.Empty)));
        Assert.That(default(FilePath).NullTerminated.ToArray(), Is.EqualTo(new byte[] { 0 }));
    }

    [Test]
    public void NUL_never_gets_into_a_name_or_path()
    {
        Assert.That(() => new ResourceName("a\0"), Throws.ArgumentException);
        Assert.That(() => new FilePath("\0"u8), Throws.ArgumentException);
        Assert.That(() => new FilePath((string)null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Path_ends_with_the_NUL_that_system_calls_want()
    {
        Assert.That(new FilePath("/a").NullTerminated.ToArray(), Is.EqualTo("/a\0"u8.ToArray()));
        Assert.That(_space.PathOf(new ResourceName("x")).NullTerminated.ToArray(), Is.EqualTo("/space/x\0"u8.ToArray()));
    }

    [Test]
    public void Lock_space_is_found_by_the_exact_bytes_of_its_path()
    {
        Assert.That(_table.Find("/space"u8), Is.SameAs(_space));
        Assert.That(_table.Find("/space/"u8), Is.Null);
        Assert.That(_table.Find("//space"u8), Is.Null);
        Assert.That(_table.Find(default), Is.SameAs(_table.Default));
    }
}
