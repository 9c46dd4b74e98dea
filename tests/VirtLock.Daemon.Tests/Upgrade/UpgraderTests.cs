using System.Text;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Tests.Upgrade.Document;
using VirtLock.Daemon.Upgrade;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>
/// Upgrades that come to nothing: the executables are scripts, and where one is accepted it has gone by the time that it is executed, or
/// this process would become it.
/// </summary>
[TestFixture]
internal sealed class UpgraderTests
{
    private const string Vanishing = "rm \"$0\"";
    private const string LibvirtsThatVanishes = "[ \"$1\" = --version ] && echo 'virtlockd (libvirt) 9.0.0' && rm \"$0\" && exit 0; exit 1";

    private TemporaryDirectory _directory = null!;
    private RecordedLog _log = null!;
    private DaemonParts _parts = null!;
    private string? _objection;
    private bool _hasGoneOn;

    [SetUp]
    public void MakeParts()
    {
        _directory = new TemporaryDirectory();
        _log = new RecordedLog();
        _parts = TestParts.New(new InMemoryLockDriver(), _log);
        _objection = null;
        _hasGoneOn = false;
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void Request_while_an_upgrade_is_under_way_begins_no_other()
    {
        string runs = _directory.File("runs");
        Upgrader upgrader = UpgraderTo($"[ \"$1\" = --check-snapshot ] && echo run >> {runs}; sleep 0.2; exit 1");
        upgrader.Begin();
        upgrader.Begin();
        RunUntilRefused();

        Assert.That(File.ReadAllLines(runs), Has.Length.EqualTo(1));
    }

    [Test]
    public void Refused_upgrade_can_be_asked_for_again()
    {
        Upgrader upgrader = UpgraderTo("exit 1");
        upgrader.Begin();
        RunUntilRefused(upgrader.Begin);

        Assert.That(_log.Lines.Count, Is.EqualTo(2));
    }

    [Test]
    public void Failed_hand_over_to_libvirts_daemon_leaves_the_signals_blocked()
    {
        bool areBlocked = false;

        // A thread's mask goes with the thread.
        var thread = new Thread(() =>
        {
            SignalMask.Block();
            UpgraderTo(LibvirtsThatVanishes).Begin();
            RunUntilRefused();
            areBlocked = SignalMask.Block();
        });
        thread.Start();
        thread.Join();

        Assert.That(_log.Lines, Has.One.EndsWith("goes on: No such file or directory"));
        Assert.That(areBlocked, Is.True);
        Assert.That(IsUpgradeSignalIgnored(), Is.False);
        Assert.That(Directory.GetFiles(_directory.Path), Is.Empty, "neither state file nor executable");
    }

    [Test]
    public void Objection_to_libvirts_daemon_is_asked_for_each_time()
    {
        _objection = "not today";
        Upgrader upgrader = UpgraderTo("[ \"$1\" = --version ] && echo 'virtlockd (libvirt) 9.0.0' && exit 0; exit 1");
        upgrader.Begin();
        RunUntilRefused(() =>
        {
            _objection = "nor tomorrow";
            upgrader.Begin();
        });

        Assert.That(_log.Lines, Has.One.EndsWith("goes on: not today").And.One.EndsWith("goes on: nor tomorrow"));
    }

    [Test]
    public void Document_that_is_too_long_for_libvirts_daemon_is_not_handed_to_it()
    {
        string start = "/" + new string('d', 2000);
        for (int i = 0; i < 3000; i++)
        {
            byte[] name = Encoding.UTF8.GetBytes($"{start}{i}");
            Assert.That(_parts.Table.Default.Acquire(name, Samples.First, LockMode.Exclusive, autocreate: true).IsGranted, Is.True);
        }

        UpgraderTo(LibvirtsThatVanishes).Begin();
        RunUntilRefused();

        Assert.That(_log.Lines, Has.One.Matches("goes on: the snapshot has 1[0-9]{7} bytes, and it reads no more than 10485760$"));
    }

    [TestCase("virtlockd check mode 1", "state.json")]
    [TestCase("virtlockd check mode 1, snapshot in memory", null)]
    public void Snapshot_goes_by_a_file_only_to_an_executable_that_knows_no_other_way(string banner, string? written)
    {
        UpgraderTo($"echo '{banner}'; {Vanishing}").Begin();
        // In a file system that is full or read-only, only the other way is open.
        Directory.CreateDirectory(_directory.File("state.json"));
        RunUntilRefused();

        string reason = written is null ? "No such file or directory" : $"cannot create '{_directory.File(written)}': File exists";
        Assert.That(_log.Lines, Has.One.EndsWith($"goes on: {reason}"));
    }

    [Test]
    public void Descriptors_are_close_on_exec_again_after_a_failed_hand_over()
    {
        var pidFile = PidFile.Acquire(_directory.File("pid"));
        UpgraderTo($"echo 'virtlockd check mode 1, snapshot in memory'; {Vanishing}", pidFile).Begin();
        RunUntilRefused();

        Assert.That(LibC.fcntl(pidFile.Descriptor.Number, LibC.F_GETFD, 0), Is.EqualTo(LibC.FD_CLOEXEC));
        pidFile.Remove();
    }

    [Test]
    public void Preflight_is_given_the_snapshot_as_the_successor_will_be()
    {
        string seen = _directory.File("seen");
        UpgraderTo($"echo $VIRTLOCKD_SNAPSHOT_FD > {seen}; cat /proc/self/fd/3 >> {seen}; echo 'virtlockd check mode 1'; exit 3").Begin();
        RunUntilRefused();

        Assert.That(File.ReadAllText(seen), Does.StartWith($"3\n{{\"magic\":\"{Environment.ProcessId}\""));
    }

    private static bool IsUpgradeSignalIgnored()
    {
        const ulong UserSignal1 = 1UL << 9; // SIGUSR1 is 10, and bit 0 is signal 1: proc_pid_status(5).
        string line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(line[7..].Trim(), 16) & UserSignal1) != 0;
    }

    private Upgrader UpgraderTo(string script, PidFile? pidFile = null)
    {
        string path = _directory.File("virtlockd");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var executable = new Executable(path, new FilePath(path), [Encoding.UTF8.GetBytes(path + '\0')], []);
        return new Upgrader(_parts, executable, new StateFile(_directory.File("state.json")), () => pidFile, () => _objection, _log);
    }

    /// <summary>Turns the loop until an upgrade is refused, and after <paramref name="next"/> once more.</summary>
    private void RunUntilRefused(Action? next = null)
    {
        Check();
        _parts.Loop.Run();

        void Check()
        {
            int refusals = _log.Lines.Count(line => line.StartsWith("upgrade to ", StringComparison.Ordinal));
            if (refusals == (next is null ? 1 : 2))
            {
                _parts.Loop.Stop();
                return;
            }

            if (refusals == 1 && !_hasGoneOn)
            {
                _hasGoneOn = true;
                next!();
            }

            _parts.Loop.Schedule(TimeSpan.FromMilliseconds(5), Check);
        }
    }
}
