using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Harness;

/// <summary>Tests of how a daemon starts and ends: each has a sandbox of its own, and starts daemons in it as it needs.</summary>
internal abstract class SandboxFixture(DaemonKind kind)
{
    protected DaemonKind Kind => kind;

    protected Sandbox Sandbox { get; private set; } = null!;

    protected string SocketPath => Path.Combine(Sandbox.RuntimeDirectory, "virtlockd-sock");

    [SetUp]
    public void MakeSandbox()
    {
        Require.MountNamespaces();
        Sandbox = Sandbox.Create();
    }

    [TearDown]
    public void RemoveSandbox() => Sandbox?.Dispose();

    protected ChildProcess Launch(DaemonOptions options) => DaemonSandbox.Launch(Sandbox, kind, options);

    /// <summary>A directory in which every user may do everything.</summary>
    protected string NewOpenDirectory(string name)
    {
        string path = Sandbox.NewDirectory(name);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        return path;
    }

    /// <summary>Starts a daemon as an ordinary user with the given XDG_RUNTIME_DIR.</summary>
    protected ChildProcess LaunchAsUser(string runtimeDirectory, params IReadOnlyList<string> arguments) => Launch(new DaemonOptions
    {
        Executable = DaemonPath.CopyTo(kind, Path.Combine(Sandbox.Directory, "daemon")),
        IsOrdinaryUser = true,
        Arguments = arguments,
        Environment = new Dictionary<string, string> { ["HOME"] = NewOpenDirectory("home"), ["XDG_RUNTIME_DIR"] = runtimeDirectory },
    });

    protected static void WaitUntilServing(ChildProcess daemon, string socket)
    {
        Eventually.True(() => daemon.HasExited || WireClient.CanConnect(socket), $"{socket} accepts connections");
        Assert.That(daemon.HasExited, Is.False, daemon.StandardError);
    }
}
