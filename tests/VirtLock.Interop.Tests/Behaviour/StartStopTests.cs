using System.Globalization;
using System.Net.Sockets;
using System.Text;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>A daemon's life as its service manager and its administrator see it; the same for libvirt's and VirtLock's.</summary>
[TestFixture(DaemonKind.Libvirt)]
[TestFixture(DaemonKind.VirtLock)]
internal sealed class StartStopTests(DaemonKind kind) : SandboxFixture(kind)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private string PidFile => Sandbox.Outside("/run/virtlockd.pid");

    [Test]
    public void The_socket_is_the_owners_alone()
    {
        using ChildProcess daemon = StartServing();

        Assert.That(File.GetUnixFileMode(SocketPath), Is.EqualTo(OwnerOnly));
    }

    [Test]
    public void The_pid_file_holds_the_bare_number()
    {
        using ChildProcess daemon = StartServing();

        Assert.That(File.ReadAllText(PidFile), Is.EqualTo(daemon.Id.ToString(CultureInfo.InvariantCulture)));
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    [TestCase("QUIT")]
    public void A_signal_to_stop_ends_it_cleanly(string signal)
    {
        using ChildProcess daemon = StartServing();

        daemon.Signal(signal);

        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        Assert.That(SocketPath, Does.Not.Exist);
        Assert.That(PidFile, Does.Not.Exist);
    }

    [Test]
    public void Stopping_ends_the_owners_that_lose_their_leases()
    {
        string file = Path.Combine(Sandbox.Directory, "disk.img");
        File.WriteAllText(file, "");
        using ChildProcess daemon = StartServing();
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must($"acquire 0 {file}");

        daemon.Signal("TERM");

        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        guest.WaitUntilDead();
    }

    [Test]
    public void A_broken_pipe_does_not_end_it()
    {
        using ChildProcess daemon = StartServing();

        daemon.Signal("PIPE");

        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void It_starts_over_a_dead_daemons_files()
    {
        using (ChildProcess crashed = StartServing())
        {
            crashed.Signal("KILL");
            crashed.WaitForExit();
            Assert.That(SocketPath, Does.Exist);
        }

        using ChildProcess daemon = StartServing();
        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void The_service_manager_is_told_when_it_serves()
    {
        string path = Path.Combine(Sandbox.Directory, "notify");
        using Socket notify = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notify.Bind(new UnixDomainSocketEndPoint(path));
        notify.ReceiveTimeout = (int)Eventually.DefaultBound.TotalMilliseconds;

        using ChildProcess daemon = Launch(new DaemonOptions { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path } });

        byte[] buffer = new byte[256];
        string message = Encoding.ASCII.GetString(buffer, 0, notify.Receive(buffer));
        Assert.That(message.Split('\n'), Does.Contain("READY=1"));
        Assert.That(WireClient.CanConnect(SocketPath), Is.True);
    }

    [Test]
    public void An_idle_daemon_ends_after_its_timeout()
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Arguments = ["--timeout=1"] });

        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        Assert.That(SocketPath, Does.Not.Exist);
    }

    [Test]
    public void A_connected_client_keeps_the_timeout_from_running()
    {
        using ChildProcess daemon = StartServing("-t", "1");
        using (WireClient client = WireClient.Connect(SocketPath))
        {
            Refusal.AssertOk(client.Register());
            Assert.That(EndsWithin(daemon, TimeSpan.FromSeconds(2)), Is.False);
            Refusal.AssertOk(client.Register());
        }

        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
    }

    [Test]
    public void Detached_it_serves_on_when_its_starter_has_gone()
    {
        using ChildProcess starter = Launch(new DaemonOptions { Arguments = ["-d"] });

        Assert.That(starter.WaitForExit(), Is.Zero, starter.StandardError);

        // No wait: the starter returns when the daemon serves.
        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
        int pid = int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture);
        Assert.That(pid, Is.Not.EqualTo(starter.Id));
        Assert.That(ProcessTable.IsAlive(pid), Is.True);
        Assert.That(SessionOf(pid), Is.Not.EqualTo(SessionOf(Environment.ProcessId)));
        Assert.That(Directory.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: false)?.FullName, Is.EqualTo("/"));
    }

    [Test]
    public void A_detached_start_that_fails_is_reported_by_the_starter()
    {
        using ChildProcess first = StartServing();
        using ChildProcess starter = Launch(new DaemonOptions { Arguments = ["-d"] });

        Assert.That(starter.WaitForExit(), Is.EqualTo(1));
        Assert.That(starter.ErrorLines, Is.Not.Empty);
        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void An_ordinary_user_is_served_in_the_users_runtime_directory()
    {
        string runtime = NewOpenDirectory("runtime");
        string socket = Path.Combine(runtime, "libvirt", "virtlockd-sock");
        using ChildProcess daemon = LaunchAsUser(runtime);

        WaitUntilServing(daemon, socket);
        Assert.That(Path.Combine(runtime, "libvirt", "virtlockd.pid"), Does.Exist);
        Assert.That(File.GetUnixFileMode(Path.Combine(runtime, "libvirt")), Is.EqualTo(OwnerOnly));

        // The test runs as root, and only the daemon's own user is let in.
        using WireClient stranger = WireClient.Connect(socket);
        Assert.That(stranger.IsClosedByServer(), Is.True);
    }

    private static bool EndsWithin(ChildProcess process, TimeSpan span) => SpinWait.SpinUntil(() => process.HasExited, span);

    private static string SessionOf(int pid)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3];
    }

    private ChildProcess StartServing(params string[] arguments)
    {
        ChildProcess daemon = Launch(new DaemonOptions { Arguments = arguments });
        WaitUntilServing(daemon, SocketPath);
        return daemon;
    }
}
