using System.Globalization;
using System.Text;
using VirtLock.Daemon.Supervision;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Supervision;

/// <summary>The PID file and its lock, which conflicts within one process as well, as it belongs to the open file.</summary>
[TestFixture]
internal sealed class PidFileTests
{
    private static readonly string OwnPid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private TemporaryDirectory _directory = null!;

    private string Name => _directory.File("virtlockd.pid");

    [SetUp]
    public void CreateDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void File_has_the_pid_and_nothing_else_and_goes_with_the_daemon()
    {
        var pidFile = PidFile.Acquire(Name);

        Assert.That(File.ReadAllText(Name), Is.EqualTo(OwnPid));
        pidFile.Remove();
        Assert.That(Name, Does.Not.Exist);
    }

    [Test]
    public void Longer_content_of_a_file_that_nobody_holds_is_replaced()
    {
        File.WriteAllText(Name, "12345678901234567890\nand more");

        var pidFile = PidFile.Acquire(Name);

        Assert.That(File.ReadAllText(Name), Is.EqualTo(OwnPid));
        pidFile.Remove();
    }

    [Test]
    public void File_that_somebody_only_reads_is_made_anew()
    {
        File.WriteAllText(Name, "4711");
        var stale = Descriptor.Open([.. Encoding.UTF8.GetBytes(Name), 0], LibC.O_RDONLY);
        Assert.That(FileLock.Set(stale, LockKind.OpenFileDescription, LockMode.Shared), Is.True);

        var pidFile = PidFile.Acquire(Name);

        Assert.That(File.ReadAllText(Name), Is.EqualTo(OwnPid));
        Assert.That(Directory.GetFiles(_directory.Path), Is.EqualTo(new[] { Name }));
        Assert.That(() => PidFile.Acquire(Name), Throws.TypeOf<StartFailedException>());
        pidFile.Remove();
        stale.Close();
    }

    [Test]
    public void File_that_somebody_only_reads_goes_to_one_of_many_that_start()
    {
        File.WriteAllText(Name, "4711");
        var stale = Descriptor.Open([.. Encoding.UTF8.GetBytes(Name), 0], LibC.O_RDONLY);
        Assert.That(FileLock.Set(stale, LockKind.OpenFileDescription, LockMode.Shared), Is.True);
        PidFile?[] taken = new PidFile?[16];

        Parallel.For(0, taken.Length, new ParallelOptions { MaxDegreeOfParallelism = taken.Length }, i =>
        {
            try
            {
                taken[i] = PidFile.Acquire(Name);
            }
            catch (StartFailedException)
            {
                // Another one has it.
            }
        });

        Assert.That(taken.Count(each => each is not null), Is.EqualTo(1));
        taken.Single(each => each is not null)!.Remove();
        stale.Close();
    }

    [Test]
    public void File_that_another_daemon_holds_is_refused_and_left_as_it_is()
    {
        var held = PidFile.Acquire(Name);
        File.WriteAllText(Name, "the other's");

        Assert.That(
            () => PidFile.Acquire(Name),
            Throws.TypeOf<StartFailedException>()
                .With.Property(nameof(StartFailedException.ExitCode)).EqualTo(ExitCode.Failure)
                .And.Message.StartsWith($"PID file '{Name}' is taken: another daemon holds it"));

        Assert.That(File.ReadAllText(Name), Is.EqualTo("the other's"));
        held.Remove();
    }

    [Test]
    public void File_is_free_once_its_daemon_has_removed_it()
    {
        PidFile.Acquire(Name).Remove();

        PidFile.Acquire(Name).Remove();

        Assert.That(Name, Does.Not.Exist);
    }

    [Test]
    public void Successor_goes_on_with_the_lock_of_the_predecessor()
    {
        var predecessors = PidFile.Acquire(Name);

        var successors = PidFile.Adopt(Name, predecessors.Descriptor);

        Assert.That(() => PidFile.Acquire(Name), Throws.TypeOf<StartFailedException>());
        successors.Remove();
        Assert.That(Name, Does.Not.Exist);
        PidFile.Acquire(Name).Remove();
    }

    [Test]
    public void Descriptor_closes_on_exec()
    {
        var pidFile = PidFile.Acquire(Name);

        Assert.That(LibC.fcntl(pidFile.Descriptor.Number, LibC.F_GETFD, 0), Is.EqualTo(LibC.FD_CLOEXEC));
        pidFile.Remove();
    }

    [Test]
    public void Refusal_leaves_nothing_open()
    {
        var held = PidFile.Acquire(Name);
        int before = OpenFiles();
        for (int i = 0; i < 5; i++)
        {
            Assert.That(() => PidFile.Acquire(Name), Throws.TypeOf<StartFailedException>());
        }

        Assert.That(OpenFiles(), Is.EqualTo(before));
        held.Remove();

        int OpenFiles() => Directory.GetFiles("/proc/self/fd").Count(link => File.ResolveLinkTarget(link, false)?.FullName == Name);
    }

    [Test]
    public void Fifo_is_refused_and_not_waited_for()
    {
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", [Name]))
        {
            made.WaitForExit();
        }

        Assert.That(
            () => PidFile.Acquire(Name),
            Throws.TypeOf<StartFailedException>().With.Message.EqualTo($"Cannot open PID file '{Name}': No such device or address"));
    }

    [Test]
    public void File_that_can_not_be_made_is_told_with_the_systems_words()
    {
        string name = _directory.File("none/virtlockd.pid");

        Assert.That(
            () => PidFile.Acquire(name),
            Throws.TypeOf<StartFailedException>().With.Message.EqualTo($"Cannot open PID file '{name}': No such file or directory"));
    }
}
