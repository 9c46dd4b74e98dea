using System.Globalization;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.TestKit.Daemons;

/// <summary>A lock daemon that serves in a sandbox of its own; several can run side by side.</summary>
internal sealed class DaemonSandbox : IDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(20);
    private static int _lastDirectory;

    private DaemonSandbox(Sandbox sandbox, ChildProcess daemon)
    {
        Sandbox = sandbox;
        Daemon = daemon;
    }

    public Sandbox Sandbox { get; }

    public ChildProcess Daemon { get; }

    public string SocketPath => Path.Combine(Sandbox.RuntimeDirectory, "virtlockd-sock");

    /// <summary>How many descriptors the daemon has open.</summary>
    public int DescriptorCount =>
        Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{Daemon.Id}/fd")).Length;

    public static DaemonSandbox Start(DaemonKind kind, DaemonOptions? options = null)
    {
        options ??= new DaemonOptions();
        Sandbox sandbox = Sandbox.Create(options.Mounts);
        DaemonSandbox started;
        try
        {
            started = new DaemonSandbox(sandbox, Launch(sandbox, kind, options));
            started.WaitUntilServing();
        }
        catch
        {
            sandbox.Dispose();
            throw;
        }

        return started;
    }

    /// <summary>Starts a daemon in a sandbox that exists, and waits for nothing: for starts that fail.</summary>
    public static ChildProcess Launch(Sandbox sandbox, DaemonKind kind, DaemonOptions options)
    {
        List<string> command = [options.Executable ?? DaemonPath.Of(kind)];
        if (options.Configuration is not null)
        {
            string file = Path.Combine(sandbox.Directory, "virtlockd.conf");
            File.WriteAllText(file, options.Configuration);
            command.AddRange(["--config", file]);
        }

        command.AddRange(options.Arguments);
        return sandbox.Start(command, options.Environment, options.OpenFileLimit, options.IsOrdinaryUser);
    }

    public WireClient Connect() => WireClient.Connect(SocketPath);

    /// <summary>A connection that has registered as a guest with the given process id.</summary>
    public WireClient ConnectAs(uint pid, string name = "demo")
    {
        WireClient client = Connect();
        WireReply reply = client.Register(pid, name);
        Assert.That(reply.IsOk, Is.True, reply.ToString());
        return client;
    }

    /// <summary>A directory that no other test uses.</summary>
    public string NewDirectory() => Sandbox.NewDirectory(
        string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _lastDirectory)}"));

    public void Dispose()
    {
        // Not SIGTERM: a daemon that stops cleanly ends the owners of its leases.
        Daemon.Dispose();
        Sandbox.Dispose();
    }

    private void WaitUntilServing()
    {
        Eventually.True(() => Daemon.HasExited || WireClient.CanConnect(SocketPath), "the daemon serves", StartBound);
        Assert.That(Daemon.HasExited, Is.False, $"The daemon ended at its start: {Daemon.StandardError}");
    }
}
