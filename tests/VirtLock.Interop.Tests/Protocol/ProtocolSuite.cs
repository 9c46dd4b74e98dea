using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

/// <summary>
/// What every lock daemon has to do on the wire, by a scripted client. libvirt's daemon passes it, which shows that the suite is right;
/// VirtLock passes the same. The deliberate <see cref="Differences"/> are named where they matter.
/// </summary>
internal abstract partial class ProtocolSuite
{
    protected const uint Shared = 1;
    protected const uint AutoCreate = 2;

    // A process id of a guest that the suite itself is not; such an owner's leases outlast its connections.
    protected const uint GuestPid = 424242;
    protected const uint OtherGuestPid = 424243;

    private readonly List<WireClient> _clients = [];
    private DaemonSandbox _daemon = null!;

    protected abstract DaemonKind Kind { get; }

    protected abstract Differences Differences { get; }

    /// <summary>A directory of the test's own.</summary>
    protected string Home { get; private set; } = null!;

    protected string SocketPath => _daemon.SocketPath;

    [OneTimeSetUp]
    public void StartDaemon() => _daemon = DaemonSandbox.Start(Kind);

    [OneTimeTearDown]
    public void StopDaemon() => _daemon?.Dispose();

    [SetUp]
    public void MakeHome() => Home = _daemon.NewDirectory();

    [TearDown]
    public void DaemonStillServes()
    {
        _clients.ForEach(client => client.Dispose());
        _clients.Clear();
        Assert.That(_daemon.Daemon.HasExited, Is.False, $"The daemon ended: {_daemon.Daemon.StandardError}");
        using WireClient client = _daemon.Connect();
        Refusal.AssertOk(client.Register());
    }

    /// <summary>A connection that lives until the test ends.</summary>
    protected WireClient Connect()
    {
        WireClient client = _daemon.Connect();
        _clients.Add(client);
        return client;
    }

    protected WireClient ConnectAs(uint pid)
    {
        WireClient client = Connect();
        Refusal.AssertOk(client.Register(pid));
        return client;
    }

    /// <summary>A daemon of the test's own, for cases after which libvirt's is not sound.</summary>
    protected DaemonSandbox StartAnotherDaemon() => DaemonSandbox.Start(Kind);

    protected string NewFile(string name = "disk.img")
    {
        string path = Path.Combine(Home, name);
        File.WriteAllText(path, "contents");
        return path;
    }

    /// <summary>A lock space in a fresh directory.</summary>
    protected string NewSpace(WireClient client)
    {
        string path = Path.Combine(Home, "space");
        Refusal.AssertOk(client.CreateLockSpace(path));
        return path;
    }
}
