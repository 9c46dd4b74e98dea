using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>
/// A file system of the host answers nobody, and some process that has nothing to do with the daemon has a file of it open.
/// </summary>
[TestFixture]
internal sealed class HungFileSystemTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private DaemonSandbox _daemon = null!;
    private HangingFileSystem _hanging = null!;
    private ChildProcess _bystander = null!;
    private Peer _outsider = null!;
    private string _own = null!;
    private string _foreign = null!;

    [SetUp]
    public void Hang()
    {
        Require.MountNamespaces();
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        _own = Path.Combine(_daemon.NewDirectory(), "own.img");
        _foreign = Path.Combine(_daemon.NewDirectory(), "foreign.img");
        File.WriteAllText(_own, "");
        File.WriteAllText(_foreign, "");
        _hanging = HangingFileSystem.Mount(_daemon.Sandbox);
        _bystander = _daemon.Sandbox.Start(["sh", "-c", $"exec 5< {_hanging.Directory}/disk.img; echo open; exec sleep 1000"]);
        Eventually.True(
            () => _bystander.HasExited || _bystander.StandardOutput.Contains("open", StringComparison.Ordinal), "the file is open");
        Assert.That(_bystander.HasExited, Is.False, _bystander.StandardError);
        _outsider = Peer.Start();
        _outsider.Must($"lock ofd exclusive {_foreign}");
        _hanging.Hang();
    }

    [TearDown]
    public void Free()
    {
        _hanging?.Dispose();
        _outsider?.Dispose();
        _bystander?.Dispose();
        _daemon?.Dispose();
    }

    [Test]
    public void The_holder_of_a_file_elsewhere_is_found()
    {
        using WireClient client = _daemon.ConnectAs(424242);

        WireReply reply = client.Acquire("", _foreign);

        Assert.That(reply.Error.Message, Does.Contain($"process {_outsider.Id}"));
    }

    [Test]
    public void The_daemon_is_upgraded_and_ended_all_the_same()
    {
        using WireClient client = _daemon.ConnectAs(424242);
        Refusal.AssertOk(client.Acquire("", _own));
        client.Send(WireFrame.Call(LockProcedure.AcquireResource, new WireBody().Text("").Text(_foreign).UInt(0)));

        _daemon.Daemon.Signal("USR1");

        Assert.That(client.ReadReply().Error.Code, Is.EqualTo(Refusal.ResourceBusy));
        Refusal.AssertOk(client.Register());
        Assert.That(LockProbe.Of(_own), Is.EqualTo(LockState.Exclusive));
        client.Send(WireFrame.Call(LockProcedure.AcquireResource, new WireBody().Text("").Text(_foreign).UInt(0)));
        _daemon.Daemon.Signal("TERM");
        Assert.That(_daemon.Daemon.WaitForExit(Bound), Is.Zero, _daemon.Daemon.StandardError);
    }

    [Test]
    public void The_owner_that_asked_is_fenced_when_it_leaves()
    {
        using Peer guest = Peer.StartGuest(_daemon.SocketPath);
        guest.Must($"acquire 0 {_own}");
        string answer = guest.Ask($"acquire 0 {_foreign}");
        Assert.That(answer, Does.Not.EqualTo("ok"));

        guest.Disconnect();

        guest.WaitUntilDead(Bound);
        Eventually.True(() => LockProbe.Of(_own) == LockState.Free, "its leases are freed", Bound);
    }
}
