using System.Buffers.Binary;
using System.Text;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

internal abstract partial class ProtocolSuite
{
    private const uint LargestLength = 32 * 1024 * 1024 + 4;
    private const int LongestString = 65_536;
    private const int ENAMETOOLONG = 36;

    private static readonly WireFrame RegisterFrame = WireFrame.Call(
        LockProcedure.Register,
        new WireBody().Raw(new byte[16]).Text("demo").UInt(7).UInt(GuestPid).UInt(0));

    [Test]
    public void A_length_too_short_for_a_header_closes_the_connection([Range(0, 27)] int length)
    {
        WireClient client = Connect();
        byte[] frame = new byte[Math.Max(4, length)];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);

        client.SendRaw(frame);

        Assert.That(client.IsClosedByServer(), Is.True);
    }

    [TestCase(LargestLength + 1)]
    [TestCase(0x7fff_ffffu)]
    [TestCase(0x8000_0000u)]
    [TestCase(0xffff_ffffu)]
    public void A_length_over_the_limit_closes_the_connection_at_once(uint length)
    {
        WireClient client = Connect();
        byte[] word = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, length);

        client.SendRaw(word);

        Assert.That(client.IsClosedByServer(), Is.True);
    }

    [Test]
    public void Text_from_a_lost_web_client_closes_the_connection()
    {
        WireClient client = Connect();

        client.SendRaw(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));

        Assert.That(client.IsClosedByServer(), Is.True);
    }

    [Test]
    public void A_frame_of_the_largest_size_is_served()
    {
        WireClient client = Connect();
        byte[] body = new byte[LargestLength - WireFrame.HeaderLength];
        RegisterFrame.Body.CopyTo(body, 0);

        Refusal.AssertOk(client.Exchange(RegisterFrame with { Body = body }));
    }

    [Test]
    public void Bytes_after_the_arguments_are_ignored() =>
        Refusal.AssertOk(Connect().Exchange(RegisterFrame with { Body = [.. RegisterFrame.Body, 1, 2, 3, 4, 5] }));

    [Test]
    public void Padding_need_not_be_zero()
    {
        WireClient client = Connect();
        WireBody body = new WireBody().Raw(new byte[16]).UInt(1).Raw((byte)'d', 1, 2, 3).UInt(7).UInt(GuestPid).UInt(0);

        Refusal.AssertOk(client.Call(LockProcedure.Register, body));
    }

    [Test]
    public void Arguments_cut_short_are_refused_and_the_connection_survives([Range(0, 35)] int length)
    {
        WireClient client = Connect();
        WireReply reply = client.Exchange(RegisterFrame with { Body = RegisterFrame.Body[..length] });

        Refusal.AssertOrdinary(reply, Refusal.RpcError, Refusal.RpcDomain);
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void A_string_that_runs_past_the_frame_is_refused_and_the_connection_survives()
    {
        WireClient client = ConnectAs(GuestPid);
        WireBody body = new WireBody().Text("").UInt(1000).Raw(new byte[16]);

        Refusal.AssertOrdinary(client.Call(LockProcedure.AcquireResource, body), Refusal.RpcError, Refusal.RpcDomain);
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void A_string_of_the_longest_size_is_decoded()
    {
        WireClient client = ConnectAs(GuestPid);

        Refusal.AssertSystem(client.Acquire("", new string('x', LongestString)), ENAMETOOLONG);
    }

    [Test]
    public void A_string_over_the_longest_size_is_refused()
    {
        WireClient client = ConnectAs(GuestPid);

        Refusal.AssertOrdinary(client.Acquire("", new string('x', LongestString + 1)), Refusal.RpcError, Refusal.RpcDomain);
        Refusal.AssertOk(client.Register());
    }

    [TestCase(0x12345678u, 1u, "305419896")]
    [TestCase(WireFrame.LockProgram, 2u, "245874415")]
    [TestCase(WireFrame.LockProgram, 0u, "245874415")]
    [TestCase(WireFrame.AdminProgram, 1u, "110102160")]
    [TestCase(0xffff_ffffu, 1u, "-1")]
    public void An_unknown_program_or_version_is_refused_by_number(uint program, uint version, string named)
    {
        WireClient client = Connect();
        WireReply reply = client.Exchange(RegisterFrame with { Program = program, Version = version, Serial = 77 });

        Refusal.AssertOrdinary(reply, Refusal.RpcError, Refusal.RpcDomain);
        Assert.That(reply.Error.Message, Does.Contain(named).And.Contain($"{version}"));
        Refusal.AssertOk(client.Register());
    }

    [TestCase(0)]
    [TestCase(-5)]
    [TestCase(9)]
    [TestCase(99)]
    [TestCase(int.MinValue)]
    [TestCase(int.MaxValue)]
    public void An_unknown_procedure_is_refused_by_number(int procedure)
    {
        WireClient client = Connect();
        WireReply reply = client.Exchange(RegisterFrame with { Procedure = procedure });

        Refusal.AssertOrdinary(reply, Refusal.RpcError, Refusal.RpcDomain);
        Assert.That(reply.Error.Message, Does.Contain($"{procedure}"));
        Refusal.AssertOk(client.Register());
    }

    [TestCase(1u)]
    [TestCase(2u)]
    [TestCase(3u)]
    [TestCase(0xffff_ffffu)]
    public void A_call_with_a_status_is_refused(uint status)
    {
        WireClient client = Connect();

        Refusal.AssertOrdinary(client.Exchange(RegisterFrame with { Status = status }), Refusal.RpcError, Refusal.RpcDomain);
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void The_program_is_checked_before_the_status_and_the_status_before_the_procedure()
    {
        WireClient client = Connect();

        WireReply program = client.Exchange(RegisterFrame with { Program = 0x12345678, Status = 1, Procedure = 99 });
        WireReply status = client.Exchange(RegisterFrame with { Status = 1, Procedure = 99 });

        Assert.That(program.Error.Message, Does.Contain("305419896"));
        Assert.That(status.Error.Message, Does.Not.Contain("99"));
    }

    [TestCase(1u, 0u)]
    [TestCase(2u, 0u)]
    [TestCase(3u, 0u)]
    [TestCase(3u, 1u)]
    [TestCase(3u, 2u)]
    [TestCase(5u, 0u)]
    [TestCase(6u, 0u)]
    [TestCase(7u, 0u)]
    [TestCase(0xffff_ffffu, 0u)]
    public void A_message_that_is_no_call_is_dropped_in_silence(uint type, uint status)
    {
        WireClient client = Connect();

        client.Send(RegisterFrame with { Type = type, Status = status, Serial = 5 });

        // Were there a reply to the dropped message, it would come first.
        Refusal.AssertOk(client.Exchange(RegisterFrame with { Serial = 6 }));
    }

    [TestCase(2u)]
    [TestCase(3u)]
    public void An_unknown_program_is_dropped_in_silence_unless_it_calls(uint type)
    {
        WireClient client = Connect();

        client.Send(RegisterFrame with { Program = 0x12345678, Type = type, Serial = 5 });

        Refusal.AssertOk(client.Exchange(RegisterFrame with { Serial = 6 }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(32)]
    public void A_call_with_descriptors_is_served_like_any_other(int count)
    {
        WireClient client = Connect();
        using LockFile file = new(NewFile());

        client.SendRaw(WithDescriptors((uint)count).ToArray());
        for (int i = 0; i < count; i++)
        {
            client.SendDescriptor(file.Descriptor);
        }

        Refusal.AssertOk(client.ReadReply());
        Refusal.AssertOk(client.Register());
    }

    [Test]
    public void A_call_announcing_too_many_descriptors_closes_the_connection()
    {
        WireClient client = Connect();

        client.SendRaw(WithDescriptors(33).ToArray());

        Assert.That(client.IsClosedByServer(), Is.True);
    }

    [Test]
    public void A_byte_without_its_descriptor()
    {
        WireClient client = Connect();

        client.SendRaw(WithDescriptors(1).ToArray());
        client.SendRaw([0]);

        if (Differences.AttachedDescriptorsAreIgnored)
        {
            Refusal.AssertOk(client.ReadReply());
        }
        else
        {
            Assert.That(client.IsClosedByServer(), Is.True);
        }
    }

    [Test]
    public void The_serial_is_the_callers_choice()
    {
        WireClient client = Connect();

        Refusal.AssertOk(client.Exchange(RegisterFrame with { Serial = uint.MaxValue }));
        Refusal.AssertOk(client.Exchange(RegisterFrame with { Serial = 0 }));
    }

    private static WireFrame WithDescriptors(uint count)
    {
        byte[] number = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, count);
        return RegisterFrame with { Type = WireFrame.CallWithDescriptorsType, Body = [.. number, .. RegisterFrame.Body] };
    }
}
