using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class PacketHeaderTests
{
    [FsCheck.NUnit.Property]
    public bool Any_header_survives_the_wire(uint program, uint version, int procedure, int type, uint serial, int status)
    {
        var header = new PacketHeader(program, version, procedure, (MessageType)type, serial, (MessageStatus)status);
        Span<byte> bytes = stackalloc byte[ProtocolConstants.HeaderSize];
        header.Write(bytes);
        return PacketHeader.Read(bytes) == header;
    }

    [Test]
    public void Six_words_are_written_big_endian()
    {
        var header = new PacketHeader(0x0EA7BEEF, 1, -5, MessageType.ReplyWithFds, 0x01020304, MessageStatus.Continue);
        byte[] bytes = new byte[ProtocolConstants.HeaderSize];
        header.Write(bytes);

        Assert.That(
            Convert.ToHexStringLower(bytes), Is.EqualTo("0ea7beef" + "00000001" + "fffffffb" + "00000005" + "01020304" + "00000002"));
    }

    [Test]
    public void A_reply_echoes_everything_but_type_and_status([Values] MessageStatus status)
    {
        var call = new PacketHeader(5, 6, 7, MessageType.CallWithFds, 8, (MessageStatus)9);

        Assert.That(call.Reply(status), Is.EqualTo(new PacketHeader(5, 6, 7, MessageType.Reply, 8, status)));
    }

    [TestCase(MessageType.Call, true)]
    [TestCase(MessageType.Reply, false)]
    [TestCase(MessageType.Message, false)]
    [TestCase(MessageType.Stream, false)]
    [TestCase(MessageType.CallWithFds, true)]
    [TestCase(MessageType.ReplyWithFds, false)]
    [TestCase(MessageType.StreamHole, false)]
    [TestCase((MessageType)7, false)]
    [TestCase((MessageType)(-1), false)]
    public void Only_calls_ask_for_an_answer(MessageType type, bool isCall) =>
        Assert.That(new PacketHeader(1, 1, 1, type, 0, MessageStatus.Ok).IsCall, Is.EqualTo(isCall));

    [Test]
    public void Too_few_bytes_are_a_fault_of_the_caller()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => PacketHeader.Read(new byte[23]), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => default(PacketHeader).Write(new byte[23]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}
