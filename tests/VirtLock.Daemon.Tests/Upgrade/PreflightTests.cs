using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Upgrade;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>Executables of every kind, as scripts, are tried out on a real loop.</summary>
internal sealed class PreflightTests
{
    private TemporaryDirectory _directory = null!;
    private EpollLoop _loop = null!;

    [SetUp]
    public void MakeLoop()
    {
        _directory = new TemporaryDirectory();
        _loop = new EpollLoop();
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void Executable_that_takes_the_snapshot_is_accepted() =>
        Assert.That(Try("echo 'virtlockd check mode 1'"), Is.EqualTo(new PreflightVerdict(PreflightResult.Accepted)));

    [Test]
    public void Executable_that_takes_the_snapshot_from_memory_is_known_by_its_first_line() => Assert.That(
        Try("echo 'virtlockd check mode 1, snapshot in memory'"),
        Is.EqualTo(new PreflightVerdict(PreflightResult.Accepted, TakesMemory: true)));

    [Test]
    public void Executable_is_given_the_option_and_the_snapshot()
    {
        Try($"echo 'virtlockd check mode 1'; echo \"$1\" > {_directory.File("option")}; cat \"$2\" > {_directory.File("snapshot")}");

        Assert.That(File.ReadAllText(_directory.File("option")), Is.EqualTo("--check-snapshot\n"));
        Assert.That(File.ReadAllText(_directory.File("snapshot")), Is.EqualTo("the snapshot"));
    }

    [Test]
    public void Executable_that_refuses_the_snapshot_is_rejected_with_what_it_says() => AssertRejected(
        "echo 'virtlockd check mode 1'; echo 'from the future' >&2; exit 3", "it ended with code 3, saying: from the future");

    [Test]
    public void Executable_that_a_signal_ends_is_rejected() => AssertRejected("kill -KILL $$", "signal 9 ended it");

    [Test]
    public void Executable_that_knows_no_check_mode_is_rejected() =>
        AssertRejected("echo 'what?'; exit 1", "it ended with code 1, saying: what?");

    [Test]
    public void Executable_that_succeeds_without_knowing_check_mode_is_rejected() => AssertRejected("exit 0", "it ended with code 0");

    [Test]
    public void Libvirts_daemon_is_known_by_its_version() => Assert.That(
        Try("[ \"$1\" = --version ] && echo 'virtlockd (libvirt) 9.0.0' || exit 1"),
        Is.EqualTo(new PreflightVerdict(PreflightResult.Unchecked)));

    [Test]
    public void Missing_executable_is_rejected()
    {
        string missing = _directory.File("missing");

        Assert.That(
            Run(missing), Is.EqualTo(new PreflightVerdict(PreflightResult.Rejected, $"cannot start {missing}: No such file or directory")));
    }

    [Test]
    public void Abandoned_preflight_ends_its_child_at_once()
    {
        Preflight? preflight = null;
        preflight = new Preflight(_loop, ExecutableOf(Script("exec sleep 1000")), verdict =>
        {
            Assert.That(verdict.Reason, Is.EqualTo("signal 9 ended it"));
            _loop.Stop();
        });
        preflight.Start("the snapshot"u8);
        preflight.Abandon();

        _loop.Run();
    }

    [Test]
    public void Probe_that_does_not_end_within_its_bound_is_killed()
    {
        ProbeOutcome? ended = null;
        string? failure = Probe.Start(
            _loop,
            ExecutableOf(Script("exec sleep 1000")),
            [],
            Descriptor.None,
            TimeSpan.FromMilliseconds(50),
            outcome =>
            {
                ended = outcome;
                _loop.Stop();
            },
            out _);

        Assert.That(failure, Is.Null);
        _loop.Run();
        Assert.That(ended, Is.EqualTo(new ProbeOutcome(null, IsLate: true, LibC.SIGKILL, "")));
    }

    private static Executable ExecutableOf(string path) => new(path, new FilePath(path), [Encoding.UTF8.GetBytes(path + '\0')], []);

    private string Script(string text)
    {
        string path = _directory.File("virtlockd");
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private PreflightVerdict Try(string script) => Run(Script(script));

    private PreflightVerdict Run(string path)
    {
        PreflightVerdict? verdict = null;
        new Preflight(_loop, ExecutableOf(path), told =>
        {
            verdict = told;
            _loop.Stop();
        }).Start("the snapshot"u8);
        _loop.Run();
        return verdict!.Value;
    }

    private void AssertRejected(string script, string reason) =>
        Assert.That(Try(script), Is.EqualTo(new PreflightVerdict(PreflightResult.Rejected, reason)));
}
