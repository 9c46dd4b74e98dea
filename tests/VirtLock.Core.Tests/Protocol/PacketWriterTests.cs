using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class PacketWriterTests
{
    [Test]
    public void The_largest_body_makes_the_largest_frame()
    {
        var output = new ByteQueue();
        PacketWriter.Write(output, default, new byte[ProtocolConstants.MaximumBodyLength]);

        FrameStatus status = PacketFramer.TryRead(output.Unread, out _, out _, out int consumed);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status, Is.EqualTo(FrameStatus.Complete));
            Assert.That(consumed, Is.EqualTo(ProtocolConstants.MaximumFrameLength).And.EqualTo(output.Count));
        }
    }

    [Test]
    public void A_larger_body_is_refused_and_nothing_written()
    {
        var output = new ByteQueue();

        Assert.That(
            () => PacketWriter.Write(output, default, new byte[ProtocolConstants.MaximumBodyLength + 1]), Throws.ArgumentException);
        Assert.That(output.Count, Is.Zero);
    }
}
