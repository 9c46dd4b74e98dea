using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class KeepaliveTests
{
    [Test]
    public void Ping_and_pong_are_28_bytes_with_serial_0()
    {
        var queue = new ByteQueue();
        Keepalive.WritePing(queue);
        Keepalive.WritePong(queue);

        Assert.That(
            Convert.ToHexStringLower(queue.Unread),
            Is.EqualTo(
                "0000001c6b6565700000000100000001000000020000000000000000" + "0000001c6b6565700000000100000002000000020000000000000000"));
    }

    [TestCase(0x6B656570u, 1u, MessageType.Message, true)]
    [TestCase(0x6B656570u, 2u, MessageType.Message, false)]
    [TestCase(0x6B656570u, 1u, MessageType.Call, false)]
    [TestCase(0x6B656570u, 1u, MessageType.CallWithFds, false)]
    [TestCase(0x0EA7BEEFu, 1u, MessageType.Message, false)]
    public void Another_program_version_or_type_is_no_keepalive(uint program, uint version, MessageType type, bool expected)
    {
        var header = new PacketHeader(program, version, (int)KeepaliveProcedure.Ping, type, 3, MessageStatus.Ok);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Keepalive.IsKeepalive(header), Is.EqualTo(expected));
            Assert.That(Keepalive.IsPing(header), Is.EqualTo(expected));
        }
    }

    [TestCase(1, MessageStatus.Ok, true)]
    [TestCase(1, MessageStatus.Error, true, Description = "libvirt 9.0.0 answers a ping of any status")]
    [TestCase(2, MessageStatus.Ok, false)]
    [TestCase(9, MessageStatus.Ok, false)]
    public void Only_a_ping_wants_an_answer(int procedure, MessageStatus status, bool expected)
    {
        var header = new PacketHeader(0x6B656570, 1, procedure, MessageType.Message, 3, status);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Keepalive.IsKeepalive(header), Is.True);
            Assert.That(Keepalive.IsPing(header), Is.EqualTo(expected));
        }
    }
}
