using VirtLock.Interop.Tests.Harness;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

internal abstract partial class ProtocolSuite
{
    private const int Pong = 2;

    [Test]
    public void A_ping_is_answered_with_a_pong()
    {
        WireClient client = Connect();

        client.Send(WireFrame.Ping);

        AssertPong(client.ReadReply());
    }

    [Test]
    public void A_pong_has_serial_zero_and_no_body_whatever_the_ping_had()
    {
        WireClient client = Connect();

        client.Send(WireFrame.Ping with { Serial = 5, Body = [1, 2, 3, 4] });

        AssertPong(client.ReadReply());
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(0)]
    public void Other_keepalive_messages_are_swallowed(int procedure)
    {
        WireClient client = Connect();

        client.Send(WireFrame.Ping with { Procedure = procedure });

        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void A_keepalive_of_another_version_is_dropped()
    {
        WireClient client = Connect();

        client.Send(WireFrame.Ping with { Version = 2 });

        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void A_keepalive_that_calls_is_an_unknown_program()
    {
        WireClient client = Connect();
        WireReply reply = client.Exchange(WireFrame.Ping with { Type = WireFrame.CallType });

        Refusal.AssertOrdinary(reply, Refusal.RpcError, Refusal.RpcDomain);
    }

    [Test]
    public void Fifty_calls_written_at_once_are_answered_in_their_order()
    {
        const uint Calls = 50;
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        List<byte> bytes = [];
        for (uint serial = 0; serial < Calls; serial++)
        {
            LockProcedure procedure = serial % 2 == 0 ? LockProcedure.AcquireResource : LockProcedure.ReleaseResource;
            bytes.AddRange((WireFrame.Call(procedure, new WireBody().Text("").Text(file).UInt(0)) with { Serial = serial }).ToArray());
        }

        client.SendRaw(bytes.ToArray());

        for (uint serial = 0; serial < Calls; serial++)
        {
            WireReply reply = client.ReadReply();
            Refusal.AssertOk(reply);
            Assert.That(reply.Serial, Is.EqualTo(serial));
        }
    }

    [Test]
    public void A_call_may_arrive_a_byte_at_a_time()
    {
        WireClient client = Connect();

        foreach (byte one in RegisterFrame.ToArray())
        {
            client.SendRaw([one]);
        }

        Refusal.AssertOk(client.ReadReply());
    }

    [Test]
    public void Half_a_call_holds_up_nobody_else()
    {
        WireClient slow = Connect();
        byte[] frame = RegisterFrame.ToArray();
        slow.SendRaw(frame.AsSpan(0, 30));

        Refusal.AssertOk(Connect().Register());

        slow.SendRaw(frame.AsSpan(30));
        Refusal.AssertOk(slow.ReadReply());
    }

    [Test]
    public void A_client_that_has_finished_sending_still_gets_its_reply()
    {
        WireClient client = Connect();

        client.Send(RegisterFrame);
        client.FinishSending();

        Refusal.AssertOk(client.ReadReply());
        Assert.That(client.IsClosedByServer(), Is.True);
    }

    [Test]
    public void The_server_says_nothing_unasked()
    {
        WireClient client = ConnectAs(GuestPid);
        client.FinishSending();

        Assert.That(client.IsClosedByServer(), Is.True);
    }

    [Test]
    public void A_client_may_go_in_the_middle_of_a_call()
    {
        using (WireClient client = WireClient.Connect(SocketPath))
        {
            client.SendRaw(RegisterFrame.ToArray().AsSpan(0, 40));
        }

        Refusal.AssertOk(Connect().Register());
    }

    private static void AssertPong(WireReply reply)
    {
        Assert.That((reply.Program, reply.Version, reply.Procedure), Is.EqualTo((WireFrame.KeepaliveProgram, 1u, Pong)));
        Assert.That((reply.Type, reply.Serial, reply.Status), Is.EqualTo((WireFrame.EventType, 0u, 0u)));
        Assert.That(reply.Body, Is.Empty);
    }
}
