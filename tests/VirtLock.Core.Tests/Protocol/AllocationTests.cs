using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class AllocationTests
{
    private static readonly RemoteError Busy =
        RemoteError.Ordinary(ErrorCode.ResourceBusy, ErrorDomain.LockSpace, "The resource 'disk' is held exclusively.");

    [Test]
    public void A_request_and_its_reply_allocate_nothing()
    {
        var client = new ByteQueue();
        var server = new ByteQueue();
        for (int warmUp = 0; warmUp < 100; warmUp++)
        {
            RoundTrip(client, server);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        int answered = 0;
        for (int request = 0; request < 1000; request++)
        {
            answered += RoundTrip(client, server);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answered, Is.EqualTo(2000));
            Assert.That(allocated, Is.Zero);
        }
    }

    private static int RoundTrip(ByteQueue requests, ByteQueue replies)
    {
        CallWriter.Write(requests, LockProcedure.AcquireResource, 7, new ResourceArguments(default, "/var/lib/demo/disk1.img"u8, 1));
        PacketFramer.TryRead(requests.Unread, out PacketHeader call, out ReadOnlySpan<byte> body, out int consumed);
        int answered = 0;
        if (ResourceArguments.TryDecode(body, out ResourceArguments arguments) && arguments.Flags == 1)
        {
            ReplyWriter.WriteVoid(replies, call);
            ReplyWriter.WriteError(replies, call, Busy);
            Keepalive.WritePong(replies);
        }

        requests.Consume(consumed);
        while (PacketFramer.TryRead(replies.Unread, out PacketHeader reply, out _, out consumed) == FrameStatus.Complete)
        {
            answered += reply.Serial == 7 ? 1 : 0;
            replies.Consume(consumed);
        }

        return answered;
    }
}
