using System.Diagnostics;
using System.Net.Sockets;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Upgrades while something is under way that takes longer than a request.</summary>
[TestFixture]
internal sealed class BusyMomentTests
{
    private const uint Pid = 424242;

    private UpgradableDaemon _daemon = null!;

    [SetUp]
    public void StartDaemon() => _daemon = UpgradableDaemon.Start();

    [TearDown]
    public void StopDaemon() => _daemon?.Dispose();

    [Test]
    public void Fencing_goes_on_across_upgrades_and_on_the_same_clock()
    {
        string file = _daemon.NewFile("victim.img");
        using Peer guest = Peer.StartGuest(_daemon.Serving.SocketPath);
        using WireClient client = _daemon.ConnectAs(Pid);
        guest.Must("ignore-sigterm");
        guest.Must($"acquire 0 {file}");

        guest.Disconnect();
        Stopwatch whole = Stopwatch.StartNew();
        Eventually.True(() => _daemon.Log.Contains("ending it", StringComparison.Ordinal), "fencing has begun");
        while (guest.IsAlive && whole.Elapsed < Eventually.DefaultBound)
        {
            _daemon.Upgrade();
            bool isGranted = client.Acquire("", file).IsOk;
            Assert.That(isGranted && guest.IsAlive, Is.False, "the lease was granted while its owner still ran");
            if (isGranted)
            {
                Refusal.AssertOk(client.Release("", file));
            }
        }

        Assert.That(guest.IsAlive, Is.False);
        Assert.That(whole.Elapsed, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)), "SIGKILL comes 1.6 s after SIGTERM");
        Eventually.True(() => client.Acquire("", file).IsOk, "the lease is free");
    }

    [Test]
    public void Replies_that_a_client_does_not_read_wait_for_it_across_upgrades()
    {
        using WireClient client = _daemon.ConnectAs(Pid);
        byte[] requests = [.. Enumerable.Range(0, 50_000).SelectMany(i => Register((uint)i).ToArray())];
        client.Socket.Blocking = false;
        int sent = SendUntilFull(client.Socket, requests, 0);

        _daemon.Upgrade();
        sent = SendUntilFull(client.Socket, requests, sent);
        _daemon.Upgrade();
        using (WireClient other = _daemon.ConnectAs(Pid))
        {
            Refusal.AssertOk(other.Restrict());
        }

        client.Socket.Blocking = true;
        Task rest = Task.Run(() => client.SendRaw(requests.AsSpan(sent)));
        for (uint serial = 0; serial < 50_000; serial++)
        {
            WireReply reply = client.ReadReply();
            Assert.That((reply.Serial, reply.Status), Is.EqualTo((serial, 0u)));
        }

        Assert.That(rest.Wait(WireClient.DefaultBound), Is.True);
        TestContext.Out.WriteLine($"{sent} of {requests.Length} bytes were sent before the client read anything");
        Assert.That(sent,
            Is.InRange(WireFrame.HeaderLength * 1000, requests.Length - 1), "the daemon stopped reading from a client that does not read");
    }

    [Test]
    public void Ten_thousand_pipelined_requests_are_answered_in_order()
    {
        const uint Count = 10_000;
        string file = _daemon.NewFile("pipelined.img");
        using WireClient client = _daemon.ConnectAs(Pid);
        byte[] requests = [.. Enumerable.Range(0, (int)Count).SelectMany(i => Lease((uint)i, file).ToArray())];
        int before = _daemon.UpgradeCount;

        Task sending = Task.Run(() => client.SendRaw(requests));
        for (uint serial = 0; serial < Count; serial++)
        {
            if (serial % 1000 == 0)
            {
                _daemon.Signal();
            }

            WireReply reply = client.ReadReply();
            Assert.That((reply.Serial, reply.Status), Is.EqualTo((serial, 0u)), reply.ToString());
        }

        Assert.That(sending.Wait(WireClient.DefaultBound), Is.True);
        _daemon.WaitForUpgrade(before + 1);
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
    }

    [Test]
    public void Searches_for_foreign_holders_are_answered_after_the_upgrade()
    {
        const int Count = 64;
        using Peer foreign = Peer.Start();
        List<WireClient> clients = [];
        List<WireFrame> requests = [];
        for (int i = 0; i < Count; i++)
        {
            string file = _daemon.NewFile($"foreign{i}.img");
            foreign.Must($"lock {(i % 2 == 0 ? "posix" : "ofd")} exclusive {file}");
            requests.Add(Lease((uint)i * 2, file));
            clients.Add(_daemon.ConnectAs(Pid));
        }

        try
        {
            for (int i = 0; i < Count; i++)
            {
                clients[i].Send(requests[i]);
            }

            _daemon.Upgrade();

            for (int i = 0; i < Count; i++)
            {
                WireReply reply = clients[i].ReadReply();
                Assert.That(reply.Serial, Is.EqualTo((uint)i * 2));
                Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
                Assert.That(reply.Error.Message, Does.Contain($"{foreign.Id}"));
                Refusal.AssertOk(clients[i].Exchange(Restrict(99)));
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Test]
    public void An_admin_client_stays_connected()
    {
        WireFrame open = new() { Program = WireFrame.AdminProgram, Procedure = 1, Body = new WireBody().UInt(0).ToArray() };
        using WireClient admin = WireClient.Connect(Path.Combine(_daemon.Serving.Sandbox.RuntimeDirectory, "virtlockd-admin-sock"));
        uint status = admin.Exchange(open).Status;

        _daemon.Upgrade();

        Assert.That(admin.Exchange(open with { Serial = 1 }).Status, Is.EqualTo(status));
    }

    [Test]
    public void Names_that_are_not_UTF8_are_carried_byte_for_byte()
    {
        const uint Autocreate = 2;
        byte[] name = [(byte)'d', 0xff, 0xc3, (byte)'k'];
        string parent = _daemon.Serving.NewDirectory();
        byte[] space = [.. System.Text.Encoding.UTF8.GetBytes(parent), (byte)'/', 0xfe, (byte)'s'];
        WireBody resource = new WireBody().Text(space).Text(name);
        using WireClient client = _daemon.Serving.Connect();
        Refusal.AssertOk(
            client.Call(LockProcedure.Register, new WireBody().Raw(new byte[16]).Text([0xff, 0x80]).UInt(1).UInt(Pid).UInt(0)));
        Refusal.AssertOk(client.Call(LockProcedure.CreateLockSpace, new WireBody().Text(space)));
        Refusal.AssertOk(client.Call(LockProcedure.AcquireResource, new WireBody().Raw(resource.ToArray()).UInt(Autocreate)));

        _daemon.Upgrade();
        _daemon.Upgrade();

        string descriptor = Directory.GetFiles($"/proc/{_daemon.Pid}/fd").Single(
            entry => File.ResolveLinkTarget(
                entry, returnFinalTarget: false)?.FullName.StartsWith(parent, StringComparison.Ordinal) == true);
        Assert.That(LockProbe.Of(descriptor), Is.EqualTo(LockState.Exclusive));
        WireReply again = client.Call(LockProcedure.AcquireResource, new WireBody().Raw(resource.ToArray()).UInt(0));
        Refusal.AssertOrdinary(again, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOk(client.Call(LockProcedure.ReleaseResource, new WireBody().Raw(resource.ToArray()).UInt(0)));

        // What can't be named in UTF-8 is left to others to look at and to remove.
        Assert.That(ChildProcess.Run("find", parent, "-type", "f"), Is.Empty);
        ChildProcess.Run("rm", "-r", parent);
    }

    private static WireFrame Register(uint serial) => WireFrame.Call(
        LockProcedure.Register, new WireBody().Raw(new byte[16]).Text("demo").UInt(1).UInt(Pid).UInt(0)) with
    {
        Serial = serial,
    };

    private static WireFrame Restrict(uint serial) =>
        WireFrame.Call(LockProcedure.Restrict, new WireBody().UInt(0)) with { Serial = serial };

    /// <summary>Even serials acquire, odd ones release.</summary>
    private static WireFrame Lease(uint serial, string file) => WireFrame.Call(
        serial % 2 == 0 ? LockProcedure.AcquireResource : LockProcedure.ReleaseResource, new WireBody().Text("").Text(file).UInt(0)) with
    {
        Serial = serial,
    };

    private static int SendUntilFull(Socket socket, ReadOnlySpan<byte> bytes, int sent)
    {
        Stopwatch still = Stopwatch.StartNew();
        while (sent < bytes.Length && still.Elapsed < TimeSpan.FromMilliseconds(300))
        {
            int count = socket.Send(bytes[sent..], SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
            {
                sent += count;
                still.Restart();
            }
            else
            {
                Assert.That(error, Is.EqualTo(SocketError.WouldBlock));
            }
        }

        return sent;
    }
}
