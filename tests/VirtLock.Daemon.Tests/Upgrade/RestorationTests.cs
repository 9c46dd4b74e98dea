using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Tests.Upgrade.Document;
using VirtLock.Daemon.Upgrade;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>What a successor makes of what was left to it, with descriptors as an execve leaves them: not close-on-exec.</summary>
[TestFixture]
internal sealed class RestorationTests
{
    private const int NeverOpen = 1_000_000;

    private RecordedLog _log = null!;
    private TemporaryDirectory _directory = null!;
    private FcntlLockDriver _driver = null!;
    private DaemonParts _parts = null!;

    [SetUp]
    public void MakeParts()
    {
        _log = new RecordedLog();
        _directory = new TemporaryDirectory();
        _driver = new FcntlLockDriver();
        _parts = TestParts.New(_driver, _log);
    }

    [TearDown]
    public void RemoveDirectory()
    {
        _parts.Table.ReleaseAll(Samples.First.Pid);
        _directory.Dispose();
    }

    [Test]
    public void Adopted_posix_lock_outlives_another_name_of_its_file_that_has_to_be_taken_anew()
    {
        string disk = NewFile("disk");
        string alias = _directory.File("alias");
        File.CreateSymbolicLink(alias, disk);
        Descriptor held = Inherit(disk, LockKind.Posix);

        Restore(Document(Exclusive(alias, NeverOpen, LockKind.Posix), Exclusive(disk, held.Number, LockKind.Posix)));

        Assert.That(IsLocked(disk), Is.True);
        Assert.That(_log.Lines.Where(line => line.Contains($"'{disk}'", StringComparison.Ordinal)), Is.Empty, "it was held throughout");
        Assert.That(_log.Lines, Has.One.Contains("cannot be taken again: somebody else holds it"));
        Assert.That(_parts.Table.LeaseCount, Is.EqualTo(1));
    }

    [Test]
    public void Lease_stays_on_the_file_that_was_locked_when_its_path_leads_to_another()
    {
        string disk = NewFile("disk");
        Descriptor held = Inherit(disk, LockKind.OpenFileDescription);
        FileIdentity locked = FileStatus.Identify(held)!.Value;
        File.Move(NewFile("newer"), disk, overwrite: true);

        Restore(Document(Exclusive(disk, held.Number, LockKind.OpenFileDescription) with { Identity = locked }));

        Assert.That(IsLocked($"/proc/self/fd/{held}"), Is.True);
        Assert.That(IsLocked(disk), Is.False);
        Assert.That(_log.Lines, Has.None.Contains("while restoring"));
    }

    [Test]
    public void Lock_that_is_known_to_belong_to_an_open_file_is_not_looked_at()
    {
        string disk = NewFile("disk");
        Descriptor unlocked = Inherit(disk, kind: null);
        FileIdentity locked = FileStatus.Identify(unlocked)!.Value;

        Restore(Document(Exclusive(disk, unlocked.Number, LockKind.OpenFileDescription) with { Identity = locked }));

        Assert.That(IsLocked(disk), Is.False, "nothing was asked of the file");
        Assert.That(_parts.Table.LeaseCount, Is.EqualTo(1));
        Assert.That(OpenMode(unlocked), Is.EqualTo(LibC.FD_CLOEXEC));
    }

    [Test]
    public void Descriptor_that_turned_out_to_be_another_file_is_closed()
    {
        string disk = NewFile("disk");
        Descriptor another = Inherit(NewFile("another"), LockKind.OpenFileDescription);

        Restore(Document(Exclusive(disk, another.Number, LockKind.OpenFileDescription) with
        {
            Identity = FileStatus.Identify(new FilePath(disk)),
        }));

        Assert.That(IsLocked(disk), Is.True);
        Assert.That(IsLocked(_directory.File("another")), Is.False);
    }

    [Test]
    public void Descriptor_that_this_executable_opened_itself_is_not_taken()
    {
        var ours = Descriptor.Open(new FilePath(NewFile("log")).NullTerminated, LibC.O_WRONLY);

        Descriptor pidFile = Restore(Document() with { PidFileDescriptor = ours.Number });

        Assert.That(pidFile.IsNone, Is.True);
        Assert.That(OpenMode(ours), Is.EqualTo(LibC.FD_CLOEXEC));
        ours.Close();
    }

    [Test]
    public void Limits_and_numbers_of_clients_are_those_of_the_predecessor()
    {
        Restore(Document());

        Assert.That(_parts.Servers[0].Limits, Is.EqualTo(new ServerLimits(1024, 20)));
        Assert.That(_parts.Servers[0].NextClientId, Is.EqualTo(4));
    }

    /// <summary>Asks through an open file of its own; to close that drops a POSIX lock of this process, so it comes last.</summary>
    private static bool IsLocked(string path)
    {
        var probe = Descriptor.Open(new FilePath(path).NullTerminated, LibC.O_RDWR);
        bool isLocked = FileLock.Conflicting(probe, LockMode.Exclusive) == LibC.F_WRLCK;
        probe.Close();
        return isLocked;
    }

    private static int OpenMode(Descriptor descriptor) => LibC.fcntl(descriptor.Number, LibC.F_GETFD, 0);

    private static Snapshot Document(params ResourceSnapshot[] resources) => Samples.Full with
    {
        Servers = [Samples.Full.Servers[0] with { Listeners = [], Clients = [] }],
        Default = new LockSpaceSnapshot(null, resources),
        Directories = [],
        Fencings = [],
        PidFileDescriptor = -1,
        IdleFor = null,
    };

    private static ResourceSnapshot Exclusive(string path, int descriptor, LockKind kind) => Samples.Resource(
        new FilePath(path).Bytes,
        new FilePath(path).Bytes,
        descriptor,
        LockMode.Exclusive,
        isAutocreated: false,
        kind,
        [new LeaseSnapshot(Samples.First, null)]);

    private Descriptor Restore(Snapshot snapshot) =>
        new Restoration(snapshot, _parts, _driver, RuntimePaths.Describe(isPrivileged: true), TimeProvider.System, _log).Restore();

    private string NewFile(string name)
    {
        string path = _directory.File(name);
        File.WriteAllText(path, "");
        return path;
    }

    private static Descriptor Inherit(string path, LockKind? kind)
    {
        var descriptor = Descriptor.Open(new FilePath(path).NullTerminated, LibC.O_RDWR);
        Assert.That(kind is null || FileLock.Set(descriptor, kind.Value, LockMode.Exclusive), Is.True);
        descriptor.SetCloseOnExec(false);
        return descriptor;
    }
}
