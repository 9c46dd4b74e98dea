using System.Text;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>
/// What may lie in the state file's place when a daemon starts that nobody upgraded: it is put aside, and the start goes on.
/// </summary>
[TestFixture]
internal sealed class StateFileTests() : SandboxFixture(DaemonKind.VirtLock)
{
    private const string StateFileName = "/run/virtlockd-restart-exec.json";

    /// <summary>A whole document, of a process that is gone: its number is above the highest there is.</summary>
    private const string Stale = """
        {
          "server": {
            "min_workers": 0, "max_workers": 0, "priority_workers": 0, "max_clients": 1,
            "keepaliveInterval": 4294967295, "keepaliveCount": 0,
            "services": [], "clients": []
          },
          "defaultLockspace": { "resources": [] },
          "lockspaces": [],
          "magic": "4194305"
        }
        """;

    private string StateFile => Sandbox.Outside(StateFileName);

    [Test]
    public void A_symbolic_link()
    {
        string target = Path.Combine(Sandbox.Directory, "target");
        File.WriteAllText(target, Stale);
        File.CreateSymbolicLink(StateFile, target);

        AssertSetAside("symbolic link");

        Assert.That(File.ReadAllText(target), Is.EqualTo(Stale));
    }

    [Test]
    public void A_file_of_another_user()
    {
        WritePrivate(Stale);
        ChildProcess.Run("chown", "65534", StateFile);
        AssertSetAside("belongs to uid 65534");
    }

    [TestCase(0b110_000_010)]
    [TestCase(0b110_010_000)]
    public void A_file_that_others_may_write(int mode)
    {
        WritePrivate(Stale);
        File.SetUnixFileMode(StateFile, (UnixFileMode)mode);
        AssertSetAside("others may write to it");
    }

    [Test]
    public void A_document_of_another_process()
    {
        WritePrivate(Stale);
        AssertSetAside("another process left it");
    }

    [Test]
    public void A_document_of_a_process_that_lives_is_left_alone()
    {
        string document = Stale.Replace("4194305", "1", StringComparison.Ordinal);
        WritePrivate(document);

        using ChildProcess daemon = Launch(new DaemonOptions());
        WaitUntilServing(daemon, SocketPath);

        Eventually.True(
            () => daemon.StandardError.Contains("is that of process 1, which lives", StringComparison.Ordinal), "the log tells");
        daemon.Signal("USR1");
        Eventually.True(() => daemon.StandardError.Contains("restored 0 leases", StringComparison.Ordinal), "an upgrade is possible");
        Assert.That(File.ReadAllText(StateFile), Is.EqualTo(document));
        Assert.That(File.Exists(StateFile + ".rejected"), Is.False);
    }

    [Test]
    public void A_second_start_leaves_the_document_of_a_running_daemon_alone()
    {
        using ChildProcess first = Launch(new DaemonOptions());
        WaitUntilServing(first, SocketPath);
        WritePrivate("no document yet");

        using ChildProcess second = Launch(new DaemonOptions());

        Assert.That(second.WaitForExit(), Is.EqualTo(1), second.StandardError);
        Assert.That(File.ReadAllText(StateFile), Is.EqualTo("no document yet"));
        File.Delete(StateFile);
    }

    [Test]
    public void A_document_that_ends_early()
    {
        WritePrivate(Stale[..(Stale.Length / 2)]);
        AssertSetAside("not JSON");
    }

    [TestCase("", "not JSON")]
    [TestCase("[]", "")]
    [TestCase("{}", "")]
    [TestCase("{ \"magic\": 1 }", "")]
    [TestCase("no document at all", "not JSON")]
    public void Garbage(string content, string reason)
    {
        WritePrivate(content);
        AssertSetAside(reason);
    }

    [Test]
    public void Bytes_that_are_no_text()
    {
        WritePrivate("");
        File.WriteAllBytes(StateFile, [0, 0xff, 0xfe, 0x7f]);
        AssertSetAside("not UTF-8");
    }

    [Test]
    public void Objects_without_end()
    {
        WritePrivate(new StringBuilder().Insert(0, "{\"daemon\":", 100_000).ToString());
        AssertSetAside("");
    }

    [Test]
    public void A_file_that_is_too_large()
    {
        WritePrivate("");
        using (FileStream file = File.OpenWrite(StateFile))
        {
            file.SetLength((256L << 20) + 1);
        }

        AssertSetAside("over the limit");
    }

    [Test]
    public void A_FIFO()
    {
        ChildProcess.Run("mkfifo", "-m", "600", StateFile);
        AssertSetAside("no regular file");
    }

    [Test]
    public void A_directory()
    {
        Directory.CreateDirectory(StateFile);
        AssertSetAside("no regular file");
    }

    [Test]
    public void A_useless_file_does_not_keep_the_daemon_from_going_to_the_background()
    {
        WritePrivate(Stale);

        using ChildProcess parent = Launch(new DaemonOptions { Arguments = ["-d"] });

        Assert.That(parent.WaitForExit(), Is.Zero, parent.StandardError);
        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
    }

    private void WritePrivate(string content)
    {
        File.WriteAllText(StateFile, content);
        File.SetUnixFileMode(StateFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private void AssertSetAside(string reason)
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = ["--verbose"] });
        WaitUntilServing(daemon, SocketPath);

        Eventually.True(() => daemon.StandardError.Contains("was set aside", StringComparison.Ordinal), "the log tells");
        string told = daemon.ErrorLines.Single(line => line.Contains("was set aside", StringComparison.Ordinal));
        Assert.That(told, Does.Contain($"'{StateFileName}'").And.Contain($"'{StateFileName}.rejected': ").And.Contain(reason));
        Assert.That(Directory.GetFileSystemEntries(Sandbox.Outside("/run")).Select(Path.GetFileName),
            Does.Contain("virtlockd-restart-exec.json.rejected"));
        Assert.That(File.Exists(StateFile) || Directory.Exists(StateFile), Is.False);

        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
        daemon.Signal("USR1");
        Eventually.True(() => daemon.StandardError.Contains("restored 0 leases", StringComparison.Ordinal), "an upgrade is possible");
        Refusal.AssertOk(client.Register());
    }
}
