using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>The kernel gives the daemon no descriptor, thread, watch or memory: what that costs, and that it costs no lease.</summary>
[TestFixture]
internal sealed class ExhaustionTests
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private DaemonSandbox? _daemon;

    [TearDown]
    public void StopDaemon() => _daemon?.Dispose();

    [TestCase("openat:error=EMFILE", "/proc/locks")]
    [TestCase("clone,clone3:error=EAGAIN", null)]
    public void A_holder_that_can_not_be_looked_up_is_unknown(string fault, string? path)
    {
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        string own = NewFile();
        string foreign = NewFile();
        using Peer outsider = Peer.Start();
        outsider.Must($"lock ofd exclusive {foreign}");
        using WireClient client = _daemon.ConnectAs(424242);
        Refusal.AssertOk(client.Acquire("", own));

        using (new FaultInjection(_daemon.Daemon.Id, fault, path))
        {
            WireReply reply = client.Acquire("", foreign);
            Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
            Assert.That(reply.Error.Message, Does.Contain("somebody unknown"));
        }

        Assert.That(client.Acquire("", foreign).Error.Message, Does.Contain($"process {outsider.Id}"));
        Assert.That(LockProbe.Of(own), Is.EqualTo(LockState.Exclusive));
    }

    [Test]
    public void A_client_that_can_not_be_watched_is_turned_away_alone()
    {
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        string own = NewFile();
        using WireClient client = _daemon.ConnectAs(424242);
        Refusal.AssertOk(client.Acquire("", own));

        using (new FaultInjection(_daemon.Daemon.Id, "epoll_ctl:error=ENOSPC"))
        {
            using WireClient refused = _daemon.Connect();
            Assert.That(refused.Socket.Receive(new byte[1]), Is.Zero);
            Refusal.AssertOk(client.Register());
        }

        using WireClient late = _daemon.ConnectAs(424243);
        Refusal.AssertOk(late.Register());
        Assert.That(LockProbe.Of(own), Is.EqualTo(LockState.Exclusive));
    }

    [TestCase("EMFILE")]
    [TestCase("EPERM")]
    public void While_nobody_can_be_accepted_the_others_are_served_and_the_log_stays_short(string error)
    {
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        using WireClient client = _daemon.ConnectAs(424242);
        using WireClient waiting = Wait(error, client);

        waiting.Bound = AtOnce;
        Refusal.AssertOk(waiting.ReadReply());
        Assert.That(
            _daemon.Daemon.ErrorLines.Count(line => line.Contains("takes no clients", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public void A_descriptor_that_comes_free_is_the_next_clients_at_once()
    {
        const int Limit = 40;
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock, new DaemonOptions { OpenFileLimit = Limit });
        string own = NewFile();
        using WireClient client = _daemon.ConnectAs(424242);
        Refusal.AssertOk(client.Acquire("", own));
        List<WireClient> crowd = [];
        try
        {
            WireClient waiting;
            do
            {
                waiting = _daemon.Connect();
                crowd.Add(waiting);
                waiting.Send(WireFrame.Call(LockProcedure.Register, Registration()));
            }
            while (SpinWait.SpinUntil(() => waiting.Socket.Available > 0, AtOnce));

            Refusal.AssertOk(client.Release("", own));

            waiting.Bound = AtOnce;
            Refusal.AssertOk(waiting.ReadReply());
        }
        finally
        {
            crowd.ForEach(each => each.Dispose());
        }
    }

    [Test]
    public void Half_sent_packets_cost_little_memory()
    {
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        string own = NewFile();
        using WireClient client = _daemon.ConnectAs(424242);
        Refusal.AssertOk(client.Acquire("", own));
        long before = ProcessTable.ResidentBytes(_daemon.Daemon.Id);
        byte[] half = [2, 0, 0, 4, .. WireFrame.Call(LockProcedure.Register, Registration()).ToArray().AsSpan(4), .. new byte[30 << 20]];
        List<WireClient> senders = [];
        try
        {
            for (int i = 0; i < 8; i++)
            {
                WireClient sender = _daemon.Connect();
                senders.Add(sender);
                sender.SendRaw(half);
            }

            Refusal.AssertOk(client.Register());
            long grown = ProcessTable.ResidentBytes(_daemon.Daemon.Id) - before;
            TestContext.Out.WriteLine($"grew by {grown >> 10} KiB");
            Assert.That(grown, Is.LessThan(16L << 20));
            senders[0].SendRaw(new byte[(32 << 20) + 4 - half.Length]);
            Refusal.AssertOk(senders[0].ReadReply());
        }
        finally
        {
            senders.ForEach(each => each.Dispose());
        }
    }

    private static WireBody Registration() => new WireBody().Raw(new byte[16]).Text("demo").UInt(7).UInt(424243).UInt(0);

    private WireClient Wait(string error, WireClient other)
    {
        using FaultInjection fault = new(_daemon!.Daemon.Id, $"accept4:error={error}");
        WireClient waiting = _daemon.Connect();
        waiting.Send(WireFrame.Call(LockProcedure.Register, Registration()));
        for (int i = 0; i < 50; i++)
        {
            Refusal.AssertOk(other.Register());
            Thread.Sleep(10);
        }

        Assert.That(waiting.Socket.Available, Is.Zero);
        return waiting;
    }

    private string NewFile()
    {
        string file = Path.Combine(_daemon!.NewDirectory(), "disk.img");
        File.WriteAllText(file, "");
        return file;
    }
}
