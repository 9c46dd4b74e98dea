using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>
/// Starts that can't succeed: the exit code is libvirt's, the reason is on standard error, in VirtLock's case on one line.
/// </summary>
[TestFixture(DaemonKind.Libvirt)]
[TestFixture(DaemonKind.VirtLock)]
internal sealed class FailedStartTests(DaemonKind kind) : SandboxFixture(kind)
{
    private const int GeneralFailure = 1;
    private const int RunDirectoryFailure = 2;
    private const int NetworkFailure = 6;

    [TestCase("max_clients = \"many\"\n", "max_clients")]
    [TestCase("max_clients = -1\n", "max_clients")]
    [TestCase("max_clients = 4294967296\n", "max_clients")]
    [TestCase("log_level = 5\n", null)]
    [TestCase("log_outputs = \"1:nowhere\"\n", null)]
    [TestCase("log_filters = \"x\"\n", null)]
    [TestCase("max_clients 5\n", "1")]
    [TestCase("\n\nmax_clients = [ 1\n", null)]
    [TestCase("max_clients = \"open\n", "1")]
    public void A_configuration_it_does_not_understand(string configuration, string? named)
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Configuration = configuration });

        AssertFailure(daemon, GeneralFailure, named);
    }

    [Test]
    public void A_configuration_file_that_does_not_exist()
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = ["--config", "/none/virtlockd.conf"] });

        AssertFailure(daemon, GeneralFailure, "/none/virtlockd.conf");
    }

    [TestCase("--sideways", "sideways")]
    [TestCase("-x", "x")]
    [TestCase("--config", "config")]
    [TestCase("-t", "t")]
    public void An_option_it_does_not_know_or_that_lacks_its_argument(string option, string named)
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = [option] });

        Assert.That(daemon.WaitForExit(), Is.EqualTo(GeneralFailure));
        Assert.That(daemon.ErrorLines[0], Does.Contain(named));
    }

    [TestCase("soon")]
    [TestCase("-1")]
    [TestCase("")]
    [TestCase("2147484")]
    public void A_timeout_that_is_none(string value)
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = [$"--timeout={value}"] });

        AssertFailure(daemon, GeneralFailure, named: null);
    }

    [Test]
    public void A_debug_level_in_the_environment_that_is_none()
    {
        using ChildProcess daemon = Launch(
            new DaemonOptions { Environment = new Dictionary<string, string> { ["LIBVIRT_DEBUG"] = "loud" } });

        Assert.That(daemon.WaitForExit(), Is.EqualTo(GeneralFailure));
    }

    [Test]
    public void A_pid_file_that_another_process_holds()
    {
        string pidFile = Path.Combine(Sandbox.Directory, "taken.pid");
        File.WriteAllText(pidFile, "1");
        using Peer holder = Peer.Start();
        holder.Must($"lock posix exclusive {pidFile}");
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = ["--pid-file", pidFile] });

        AssertFailure(daemon, GeneralFailure, pidFile);
    }

    [Test]
    public void A_pid_file_in_a_missing_directory()
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = ["--pid-file", "/none/virtlockd.pid"] });

        AssertFailure(daemon, GeneralFailure, "/none/virtlockd.pid");
    }

    [Test]
    public void A_runtime_directory_that_can_not_be_made()
    {
        using ChildProcess daemon = LaunchAsUser("/proc/none");

        // An ordinary user's libvirt daemon makes the directory while it works out its paths, and so never gets to its own code for this.
        AssertFailure(daemon, Kind == DaemonKind.Libvirt ? GeneralFailure : RunDirectoryFailure, "/proc/none");
    }

    [Test]
    public void A_system_runtime_directory_that_is_a_file()
    {
        Directory.Delete(Sandbox.Outside("/run/libvirt"));
        File.WriteAllText(Sandbox.Outside("/run/libvirt"), "");
        using ChildProcess daemon = Launch(new DaemonOptions());

        AssertFailure(daemon, RunDirectoryFailure, "/run/libvirt");
    }

    [Test]
    public void A_socket_path_longer_than_sockets_allow()
    {
        using ChildProcess daemon = LaunchAsUser(NewOpenDirectory(new string('x', 100)));

        AssertFailure(daemon, NetworkFailure, "virtlockd-sock");
    }

    [Test]
    public void Detached_a_socket_failure_is_the_general_one_of_the_starter()
    {
        using ChildProcess starter = LaunchAsUser(NewOpenDirectory(new string('x', 100)), "-d");

        Assert.That(starter.WaitForExit(), Is.EqualTo(GeneralFailure));
        Assert.That(starter.ErrorLines, Is.Not.Empty);
    }

    [Test]
    public void An_activated_socket_of_a_name_it_does_not_know()
    {
        using ChildProcess daemon = Sandbox.Start(
            [Peer.Executable, "activate", "stranger.socket", Path.Combine(Sandbox.Directory, "s"), "--", DaemonPath.Of(Kind)]);

        AssertFailure(daemon, NetworkFailure, named: null);
    }

    [Test]
    public void Too_few_descriptors()
    {
        using ChildProcess daemon = Launch(new DaemonOptions { OpenFileLimit = 5 });

        AssertFailure(daemon, NetworkFailure, "Too many open files");
    }

    private void AssertFailure(ChildProcess daemon, int code, string? named)
    {
        Assert.That(daemon.WaitForExit(), Is.EqualTo(code), daemon.StandardError);
        string[] reasons = daemon.ReasonLines;
        Assert.That(reasons, Is.Not.Empty);
        if (Kind == DaemonKind.VirtLock)
        {
            Assert.That(reasons, Has.Length.EqualTo(1), daemon.StandardError);
        }

        if (named is not null)
        {
            Assert.That(daemon.StandardError, Does.Contain(named));
        }
    }
}
