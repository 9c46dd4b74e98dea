using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>
/// What surrounds the daemon (its log, its standard files, its directory) is broken: locks are served all the same, or one line says why
/// not.
/// </summary>
[TestFixture]
internal sealed class UnfriendlySurroundingsTests() : SandboxFixture(DaemonKind.VirtLock)
{
    private const uint GuestPid = 424242;
    private const int InitialiseFailure = 3;

    [Test]
    public void Nobody_reads_standard_error()
    {
        // Opened for both by the shell, so that it has a reader who never reads.
        string fifo = Path.Combine(Sandbox.Directory, "stderr");
        ChildProcess.Run("mkfifo", fifo);
        using ChildProcess daemon = LaunchBy(
            $"exec \"$0\" 2<>{fifo}", new() { ["LIBVIRT_LOG_OUTPUTS"] = "1:stderr", ["LIBVIRT_DEBUG"] = "1" });
        WaitUntilServing(daemon, SocketPath);

        AskOften();
        using ChildProcess reader = ChildProcess.Start(["head", "-c", "32768", fifo]);
        Eventually.True(() => reader.HasExited, "the pipe has room again");
        AskOften();

        using ChildProcess second = ChildProcess.Start(["head", "-c", "40000", fifo]);
        Eventually.True(() => second.HasExited, "lines come again");
        Assert.That(reader.StandardOutput + second.StandardOutput, Does.Match("[1-9][0-9]* lines could not be written and are lost"));
    }

    [Test]
    public void The_reader_of_standard_error_is_gone()
    {
        // A reader who opens the pipe and goes: the daemon's own process is the one that is started here, and ended with the test.
        string fifo = Path.Combine(Sandbox.Directory, "stderr");
        ChildProcess.Run("mkfifo", fifo);
        using ChildProcess daemon = LaunchBy(
            $"true < {fifo} & exec \"$0\" 2> {fifo}", new() { ["LIBVIRT_LOG_OUTPUTS"] = "1:stderr", ["LIBVIRT_DEBUG"] = "1" });
        WaitUntilServing(daemon, SocketPath);

        AskOften();
    }

    [Test]
    public void Standard_files_are_closed()
    {
        using ChildProcess daemon = LaunchBy("exec \"$0\" <&- >&- 2>&-", []);
        WaitUntilServing(daemon, SocketPath);

        for (int number = 0; number <= 2; number++)
        {
            FileSystemInfo? file = File.ResolveLinkTarget($"/proc/{daemon.Id}/fd/{number}", returnFinalTarget: false);
            Assert.That(file?.FullName, Is.EqualTo("/dev/null"));
        }
    }

    [Test]
    public void The_working_directory_is_gone()
    {
        string gone = Sandbox.NewDirectory("gone");
        using ChildProcess daemon = LaunchBy($"cd {gone}; rmdir {gone}; exec \"$0\"", []);

        WaitUntilServing(daemon, SocketPath);
    }

    [Test]
    public void The_service_managers_socket_is_not_there()
    {
        using ChildProcess daemon = LaunchBy("exec \"$0\"", new() { ["NOTIFY_SOCKET"] = "/none/notify" });
        WaitUntilServing(daemon, SocketPath);

        Eventually.True(
            () => daemon.StandardError.Contains("/none/notify", StringComparison.Ordinal), "the log says who was not told");
    }

    [Test]
    public void Proc_is_not_mounted()
    {
        using ChildProcess daemon = LaunchBy("umount -l /proc; exec \"$0\"", []);

        Assert.That(daemon.WaitForExit(), Is.EqualTo(InitialiseFailure), daemon.StandardError);
        Assert.That(daemon.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("/proc"));
    }

    [Test]
    public void A_user_that_the_database_does_not_know_and_no_HOME()
    {
        string executable = DaemonPath.CopyTo(Kind, Path.Combine(Sandbox.Directory, "daemon"));
        using ChildProcess daemon = Sandbox.Start(
            ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "env", "-i", executable]);

        Assert.That(daemon.WaitForExit(), Is.EqualTo(1), daemon.StandardError);
        Assert.That(daemon.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("HOME"));
    }

    [Test]
    public void A_run_directory_that_can_not_be_made_is_told_in_the_systems_words()
    {
        string closed = Sandbox.NewDirectory("closed");
        using ChildProcess daemon = LaunchAsUser(Path.Combine(closed, "run"));

        Assert.That(daemon.WaitForExit(), Is.EqualTo(2), daemon.StandardError);
        Assert.That(daemon.ErrorLines, Has.Length.EqualTo(1).And.One.EndsWith(": Permission denied"));
    }

    /// <summary>Starts the daemon by a shell, in a mount namespace that the script may change.</summary>
    private ChildProcess LaunchBy(string script, Dictionary<string, string> environment) =>
        Sandbox.Start(["unshare", "--mount", "sh", "-c", script, DaemonPath.Of(Kind)], environment);

    private void AskOften()
    {
        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register(GuestPid));
        for (int i = 0; i < 2000; i++)
        {
            client.Release("", "/none");
        }
    }
}
