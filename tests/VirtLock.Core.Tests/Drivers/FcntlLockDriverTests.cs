using System.Globalization;
using System.Net.Sockets;
using Mono.Unix.Native;
using VirtLock.Locking;
using VirtLock.TestKit.Processes;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// What <see cref="VirtLock.Drivers.FcntlLockDriver"/> owes its users beyond the contract: modes, descriptors, names that change under it.
/// </summary>
[TestFixture(LockKind.OpenFileDescription)]
[TestFixture(LockKind.Posix)]
internal sealed class FcntlLockDriverTests(LockKind kind)
{
    private const int NotPermitted = 1;
    private const int NoEntry = 2;
    private const int TryAgain = 11;
    private const int StaleHandle = 116;
    private const int NotDirectory = 20;
    private const int NameTooLong = 36;
    private const int TooManyLinks = 40;

    private KernelDisk _disk = null!;

    [SetUp]
    public void MakeDisk() => _disk = new KernelDisk(kind);

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Lock_is_of_the_kind_that_was_asked_for()
    {
        _disk.WriteFile("disk");

        HeldFile held = Lock("disk");

        string[] locks = File.ReadAllLines($"/proc/self/fdinfo/{held.Descriptor}");
        Assert.That(held.Kind, Is.EqualTo(kind));
        Assert.That(locks, Has.One.Contains(kind == LockKind.Posix ? "POSIX" : "OFDLCK"));
        Release(held, "disk");
    }

    [Test]
    public void Only_the_first_byte_is_locked_so_that_other_locks_have_room()
    {
        _disk.WriteFile("disk");

        HeldFile held = Lock("disk");

        string line =
            File.ReadLines($"/proc/self/fdinfo/{held.Descriptor}").Single(text => text.StartsWith("lock:", StringComparison.Ordinal));
        Assert.That(line, Does.EndWith($":{held.Identity.Inode} 0 0"));
        Release(held, "disk");
    }

    [Test]
    public void Autocreated_file_is_for_its_user_alone()
    {
        HeldFile held = Lock("lease", autocreate: true);

        Assert.That(ModeOf("lease"), Is.EqualTo("600"));
        Release(held, "lease", autocreate: true);
    }

    [Test]
    public void Created_file_is_for_its_user_alone()
    {
        _ = _disk.Driver.CreateFile(_disk.PathOf("new"));

        Assert.That(ModeOf("new"), Is.EqualTo("600"));
    }

    [Test]
    public void Creating_over_an_existing_file_touches_neither_contents_nor_mode()
    {
        _disk.WriteFile("disk");
        Assume.That(Syscall.chmod(_disk.FullName("disk"), (FilePermissions)0x1A4), Is.Zero); // 0644

        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("disk")), Is.Null);

        Assert.That(File.ReadAllText(_disk.FullName("disk")), Is.EqualTo("image"));
        Assert.That(ModeOf("disk"), Is.EqualTo("644"));
    }

    [Test]
    public void Every_new_directory_is_for_its_user_alone()
    {
        _ = _disk.Driver.EnsureDirectory(_disk.PathOf("a/b//c/"));

        Assert.That(new[] { ModeOf("a"), ModeOf("a/b"), ModeOf("a/b/c") }, Is.All.EqualTo("700"));
    }

    [Test]
    public void Existing_directory_keeps_its_mode()
    {
        _disk.MakeDirectory("space");
        Assume.That(Syscall.chmod(_disk.FullName("space"), (FilePermissions)0x1ED), Is.Zero); // 0755

        DirectoryAttempt attempt = _disk.Driver.EnsureDirectory(_disk.PathOf("space"));

        Assert.That(attempt.IsDirectory, Is.True);
        Assert.That(ModeOf("space"), Is.EqualTo("755"));
    }

    [Test]
    public void Symbolic_link_to_a_directory_is_a_directory()
    {
        _disk.MakeDirectory("space");
        SymbolicLink("space", "link");

        Assert.That(_disk.Driver.EnsureDirectory(_disk.PathOf("link")).IsDirectory, Is.True);
    }

    [Test]
    public void Dangling_link_is_no_directory_and_none_is_made_behind_it()
    {
        SymbolicLink("missing", "link");

        var error = new SystemError(NotDirectory, $"Unable to create lockspace {_disk.PathOf("link")}: Not a directory");
        Assert.That(_disk.Driver.EnsureDirectory(_disk.PathOf("link")), Is.EqualTo(new DirectoryAttempt(false, error)));
        Assert.That(_disk.Exists("missing"), Is.False);
    }

    [Test]
    public void Directory_that_the_kernel_refuses_fails_with_its_errno()
    {
        DirectoryAttempt attempt = _disk.Driver.EnsureDirectory(new FilePath("/proc/nope/x"));

        Assert.That(attempt.IsDirectory, Is.False);
        Assert.That(
            attempt.Error, Is.EqualTo(new SystemError(NoEntry, "Unable to create lockspace /proc/nope/x: No such file or directory")));
    }

    [Test]
    public void Creating_through_a_dangling_link_makes_what_it_points_to()
    {
        SymbolicLink("target", "link");

        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("link")), Is.Null);
        Assert.That(_disk.Exists("target"), Is.True);
    }

    [Test]
    public void Link_that_leads_to_itself_cannot_be_created()
    {
        SymbolicLink("loop", "loop");

        Assert.That(_disk.Driver.CreateFile(_disk.PathOf("loop"))!.Number, Is.EqualTo(TooManyLinks));
    }

    [Test]
    public void Deleting_a_link_leaves_what_it_points_to()
    {
        _disk.WriteFile("disk");
        SymbolicLink("disk", "link");

        Assert.That(_disk.Driver.DeleteFile(_disk.PathOf("link")), Is.Null);
        Assert.That(_disk.Exists("disk"), Is.True);
    }

    [Test]
    public void Name_that_is_not_UTF8_reaches_the_kernel_byte_for_byte()
    {
        byte[] name = [.. _disk.PathOf("image-").Bytes, 0xFF, 0xFE];
        var path = new FilePath(name);

        Assert.That(_disk.Driver.CreateFile(path), Is.Null);
        LockAttempt attempt = _disk.Driver.TryLock(path, LockMode.Exclusive, autocreate: false);

        Assert.That(attempt.IsGranted, Is.True);
        Assert.That(_disk.Driver.Release(attempt.File, path, LockMode.Exclusive, autocreate: false), Is.Null);
        Assert.That(_disk.Driver.DeleteFile(path), Is.Null);
        Assert.That(Directory.GetFileSystemEntries(_disk.Root), Is.Empty);
    }

    [Test]
    public void Held_descriptor_does_not_pass_to_other_programs()
    {
        _disk.WriteFile("disk");

        HeldFile held = Lock("disk");

        Assert.That(OpenDescriptors.IsCloseOnExec(held.Descriptor), Is.True);
        Release(held, "disk");
    }

    [Test]
    public void No_outcome_leaks_a_descriptor()
    {
        const int Rounds = 500;
        _disk.WriteFile("disk");
        _disk.WriteFile("busy");
        _disk.MakeDirectory("directory");
        Assume.That(_disk.TryLockElsewhere("busy", LockMode.Exclusive), Is.True);
        string tooLong = new('n', 300);

        for (int round = 0; round < Rounds; round++)
        {
            HeldFile first = Lock("disk", LockMode.Shared);
            HeldFile second = Lock("disk", LockMode.Shared);
            ExpectBusy("disk");
            ExpectBusy("busy");
            ExpectBusy("busy", autocreate: true);
            ExpectFailed("missing");
            ExpectFailed("directory", autocreate: true);
            ExpectFailed(tooLong, autocreate: true);
            Release(first, "disk", LockMode.Shared);
            Release(second, "disk", LockMode.Shared);
            Release(Lock("lease", autocreate: true), "lease", autocreate: true);
            Assert.That(_disk.Driver.CreateFile(_disk.PathOf("new")), Is.Null);
            Assert.That(_disk.Driver.DeleteFile(_disk.PathOf("new")), Is.Null);
        }

        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Failures_say_what_the_kernel_said()
    {
        LockAttempt attempt = _disk.Driver.TryLock(_disk.PathOf(new string('n', 300)), LockMode.Exclusive, autocreate: true);

        Assert.That(attempt.Error!.Number, Is.EqualTo(NameTooLong));
        Assert.That(attempt.Error.Description, Does.EndWith(": File name too long"));
    }

    [Test]
    public void Release_that_cannot_remove_the_file_says_so_and_drops_the_lock()
    {
        HeldFile held = Lock("lease", autocreate: true);
        _disk.Delete("lease");
        _disk.MakeDirectory("lease");

        SystemError? error = _disk.Driver.Release(held, _disk.PathOf("lease"), LockMode.Exclusive, autocreate: true);

        Assert.That(error!.Description, Is.EqualTo($"Unable to remove resource {_disk.PathOf("lease")}: Is a directory"));
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    [CancelAfter(30_000)]
    public void Autocreated_resource_never_has_two_holders(CancellationToken late)
    {
        const int Enough = 1000;
        FilePath path = _disk.PathOf("lease");

        // Its maker finds out whether anybody else holds the resource.
        string holder = _disk.FullName("lease.holder");
        int grants = 0;
        int overlaps = 0;
        string theirs;
        using (var rival = Peer.StartAs("foreigner"))
        {
            Assert.That(rival.Ask($"autocreate {path}"), Is.EqualTo("ok"));
            while (grants < Enough && !late.IsCancellationRequested)
            {
                LockAttempt attempt = _disk.Driver.TryLock(path, LockMode.Exclusive, autocreate: true);
                if (attempt.IsGranted)
                {
                    grants++;
                    overlaps += Syscall.mkdir(holder, FilePermissions.S_IRWXU) == 0 ? 0 : 1;
                    _ = Syscall.rmdir(holder);
                    Assert.That(_disk.Driver.Release(attempt.File, path, LockMode.Exclusive, autocreate: true), Is.Null);
                }
                else
                {
                    Assert.That(attempt.IsBusy, Is.True, attempt.Error?.Description);
                }
            }

            theirs = rival.Ask("stop");
        }

        int[] counts = [.. theirs.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        Assert.That(grants, Is.EqualTo(Enough));
        Assert.That(counts[0], Is.Positive, "the other process has to have been granted it too");
        Assert.That(overlaps + counts[1], Is.Zero, "holders that met another");
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    [CancelAfter(30_000)]
    public void Name_that_is_given_to_other_files_all_the_time_is_locked_all_the_same(CancellationToken late)
    {
        const int Enough = 3000;
        FilePath path = _disk.PathOf("lease");
        int grants = 0;
        using (var vandal = Peer.StartAs("foreigner"))
        {
            Assert.That(vandal.Ask($"replace {path}"), Is.EqualTo("ok"));
            while (grants < Enough && !late.IsCancellationRequested)
            {
                HeldFile held = Lock("lease", autocreate: true);
                grants++;
                Release(held, "lease", autocreate: true);
            }

            Assert.That(int.Parse(vandal.Ask("stop"), CultureInfo.InvariantCulture), Is.GreaterThan(100), "replacements");
        }

        Assert.That(grants, Is.EqualTo(Enough));
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void What_is_no_regular_file_is_locked_but_never_removed()
    {
        MakePipe("pipe");
        HeldFile held = Lock("pipe", autocreate: true);

        SystemError? released = _disk.Driver.Release(held, _disk.PathOf("pipe"), LockMode.Exclusive, autocreate: true);
        SystemError? deleted = _disk.Driver.DeleteFile(_disk.PathOf("pipe"));

        string reason = $"{_disk.PathOf("pipe")}: it is no regular file";
        Assert.That(released, Is.EqualTo(new SystemError(NotPermitted, $"Unable to remove resource {reason}")));
        Assert.That(deleted, Is.EqualTo(new SystemError(NotPermitted, $"Unable to delete resource {reason}")));
        Assert.That(_disk.Exists("pipe"), Is.True);
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void What_is_no_regular_file_is_open_as_if_nothing_had_been_asked_for()
    {
        const int NonBlocking = 0x800;
        MakePipe("pipe");

        HeldFile held = Lock("pipe");

        string flags = File.ReadLines($"/proc/self/fdinfo/{held.Descriptor}")
            .Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
        Assert.That(Convert.ToInt32(flags.Split('\t')[1], 8) & NonBlocking, Is.Zero);
        Release(held, "pipe");
    }

    [Test]
    public void File_that_another_program_has_a_lease_on_is_not_waited_for()
    {
        _disk.WriteFile("disk");
        using var owner = Peer.StartAs("foreigner");
        owner.Must($"lease {_disk.PathOf("disk")}");

        var watch = System.Diagnostics.Stopwatch.StartNew();
        LockAttempt attempt = _disk.Driver.TryLock(_disk.PathOf("disk"), LockMode.Exclusive, autocreate: false);
        LockAttempt created = _disk.Driver.TryLock(_disk.PathOf("disk"), LockMode.Exclusive, autocreate: true);
        SystemError? create = _disk.Driver.CreateFile(_disk.PathOf("disk"));
        TimeSpan took = watch.Elapsed;
        owner.Must("unlease");

        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(10)), "the kernel takes a lease back after 45 seconds");
        Assert.That((attempt.IsDelayed, created.IsDelayed), Is.EqualTo((true, true)));
        Assert.That(attempt.Error!.Number, Is.EqualTo(TryAgain));
        Assert.That(create, Is.Null, "it exists");
        Release(Lock("disk"), "disk");
    }

    [Test]
    public void Creating_a_file_that_cannot_be_opened_says_why()
    {
        const int NoSuchDevice = 6;
        const int TextFileBusy = 26;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_disk.FullName("socket")));
        File.Copy("/bin/sleep", _disk.FullName("sleep"));
        using var running = System.Diagnostics.Process.Start(_disk.FullName("sleep"), "60");

        SystemError? ofSocket = _disk.Driver.CreateFile(_disk.PathOf("socket"));
        SystemError? ofProgram = _disk.Driver.CreateFile(_disk.PathOf("sleep"));
        running.Kill();

        Assert.That(ofSocket!.Number, Is.EqualTo(NoSuchDevice));
        Assert.That(ofProgram!.Number, Is.EqualTo(TextFileBusy));
    }

    [Test]
    [CancelAfter(30_000)]
    public void Name_whose_inode_never_is_what_was_locked_fails_in_the_end()
    {
        // A file system whose inode numbers change, as seen from here: looking by name never gives what the open file gave.
        SystemError? error = RefusedCalls.Run(
            RefusedCalls.StatByName, () => _disk.Driver.TryLock(_disk.PathOf("lease"), LockMode.Exclusive, autocreate: true).Error);

        Assert.That(error!.Number, Is.EqualTo(StaleHandle));
        Assert.That(error.Description, Does.Contain("the file system changes its inode number"));
        Assert.That(_disk.OpenFiles, Is.Zero);
        Assert.That(_disk.Probe("lease"), Is.Null);
    }

    private void MakePipe(string name) => Assert.That(Syscall.mkfifo(_disk.FullName(name), FilePermissions.S_IRWXU), Is.Zero);

    /// <summary>The permissions as chmod(1) writes them.</summary>
    private string? ModeOf(string name) =>
        Syscall.stat(
            _disk.FullName(name), out Stat status) == 0 ? Convert.ToString((int)(status.st_mode & (FilePermissions)0xFFF), 8) : null;

    private void SymbolicLink(string target, string name) => File.CreateSymbolicLink(_disk.FullName(name), target);

    private HeldFile Lock(string name, LockMode mode = LockMode.Exclusive, bool autocreate = false)
    {
        LockAttempt attempt = _disk.Driver.TryLock(_disk.PathOf(name), mode, autocreate);
        Assert.That(attempt.IsGranted, Is.True, attempt.Error?.Description);
        return attempt.File;
    }

    private void ExpectBusy(string name, bool autocreate = false) =>
        Assert.That(_disk.Driver.TryLock(_disk.PathOf(name), LockMode.Exclusive, autocreate).IsBusy, Is.True);

    private void ExpectFailed(string name, bool autocreate = false) =>
        Assert.That(_disk.Driver.TryLock(_disk.PathOf(name), LockMode.Exclusive, autocreate).Error, Is.Not.Null);

    private void Release(in HeldFile file, string name, LockMode mode = LockMode.Exclusive, bool autocreate = false) =>
        Assert.That(_disk.Driver.Release(file, _disk.PathOf(name), mode, autocreate), Is.Null);
}
