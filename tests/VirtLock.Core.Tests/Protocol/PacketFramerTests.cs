using System.Buffers;
using System.Buffers.Binary;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class PacketFramerTests
{
    [Test]
    public void A_frame_cut_anywhere_is_incomplete()
    {
        foreach (RecordedMessage message in Transcript.Messages)
        {
            for (int cut = 0; cut < message.Bytes.Length; cut++)
            {
                FrameStatus status = PacketFramer.TryRead(
                    message.Bytes.AsSpan(0, cut), out PacketHeader header, out ReadOnlySpan<byte> body, out int consumed);
                if (status != FrameStatus.Incomplete || consumed != 0 || body.Length != 0 || header != default)
                {
                    Assert.Fail($"{message} cut after {cut} bytes: {status}, consumed {consumed}");
                }
            }
        }
    }

    [Test]
    public void A_stream_of_frames_split_anywhere_yields_the_same_frames()
    {
        byte[][] frames =
            [.. Transcript.Messages.Where(message => message.File == "acquire-release-errors.txt").Select(message => message.Bytes)];
        byte[] stream = [.. frames.SelectMany(frame => frame)];
        Assert.That(frames, Has.Length.GreaterThan(20));

        for (int split = 0; split <= stream.Length; split++)
        {
            Assert.That(ReadInTwoPieces(stream, split), Is.EqualTo(frames), $"split after {split} bytes");
        }
    }

    [Test]
    public void A_stream_of_frames_arriving_byte_by_byte_yields_the_same_frames()
    {
        byte[][] frames = [.. Transcript.Messages.Select(message => message.Bytes)];
        var queue = new ByteQueue();
        var read = new List<byte[]>();
        foreach (byte arrived in frames.SelectMany(frame => frame))
        {
            queue.Write([arrived]);
            Drain(queue, read);
        }

        Assert.That(read, Is.EqualTo(frames));
    }

    [Test]
    public void Lengths_that_no_frame_can_have_are_refused_as_soon_as_libvirt_does([Range(0, 40)] int length)
    {
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);

        for (int received = 0; received <= bytes.Length; received++)
        {
            FrameStatus expected = length switch
            {
                _ when received < 4 => FrameStatus.Incomplete,
                <= 4 => FrameStatus.Malformed,
                _ when received < length => FrameStatus.Incomplete,
                < 28 => FrameStatus.Malformed,
                _ => FrameStatus.Complete,
            };
            FrameStatus status = PacketFramer.TryRead(bytes.AsSpan(0, received), out _, out ReadOnlySpan<byte> body, out int consumed);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(status, Is.EqualTo(expected), $"{received} bytes received");
                Assert.That(consumed, Is.EqualTo(expected == FrameStatus.Complete ? length : 0));
                Assert.That(body.Length, Is.EqualTo(expected == FrameStatus.Complete ? length - 28 : 0));
            }
        }
    }

    [TestCase(0x02000003u, FrameStatus.Incomplete)]
    [TestCase(0x02000004u, FrameStatus.Incomplete)]
    [TestCase(0x02000005u, FrameStatus.Malformed)]
    [TestCase(0x7FFFFFFFu, FrameStatus.Malformed)]
    [TestCase(0x80000000u, FrameStatus.Malformed)]
    [TestCase(0xFFFFFFFFu, FrameStatus.Malformed)]
    [TestCase(0x47455420u, FrameStatus.Malformed, Description = "the beginning of an HTTP request")]
    public void A_length_word_alone_decides_about_the_maximum(uint length, FrameStatus expected)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(PacketFramer.TryRead(bytes, out _, out _, out _), Is.EqualTo(expected));
            Assert.That(PacketFramer.ClaimedLength(bytes), Is.EqualTo(length));
        }
    }

    [Test]
    public void The_largest_frame_is_accepted()
    {
        byte[] bytes = new byte[ProtocolConstants.MaximumFrameLength + 1];
        BinaryPrimitives.WriteInt32BigEndian(bytes, ProtocolConstants.MaximumFrameLength);

        FrameStatus status = PacketFramer.TryRead(bytes, out _, out ReadOnlySpan<byte> body, out int consumed);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status, Is.EqualTo(FrameStatus.Complete));
            Assert.That(consumed, Is.EqualTo(33_554_436));
            Assert.That(body.Length, Is.EqualTo(33_554_408));
        }
    }

    [Test]
    public void No_length_is_claimed_before_the_word_is_there([Range(0, 3)] int received) =>
        Assert.That(PacketFramer.ClaimedLength(new byte[] { 1, 2, 3, 4 }.AsSpan(0, received)), Is.Zero);

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public bool Garbage_is_never_read_past_its_end(byte[] garbage)
    {
        FrameStatus status = PacketFramer.TryRead(garbage, out _, out ReadOnlySpan<byte> body, out int consumed);
        return status == FrameStatus.Complete
            ? consumed <= garbage.Length && body.Length == consumed - 28
            : consumed == 0 && body.IsEmpty;
    }

    [TestCase("", null)]
    [TestCase("000000", null)]
    [TestCase("00000000", 0)]
    [TestCase("00000001", 1)]
    [TestCase("00000020", 32)]
    [TestCase("00000021", null)]
    [TestCase("ffffffff", null)]
    public void A_call_announces_at_most_32_descriptors(string count, int? expected)
    {
        byte[] body = Convert.FromHexString(count);
        byte[] bodyWithArguments = expected is null ? body : [.. body, 1, 2, 3, 4];

        bool isAccepted = PacketFramer.TryReadDescriptorCount(bodyWithArguments, out int announced, out ReadOnlySpan<byte> arguments);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isAccepted, Is.EqualTo(expected is not null));
            Assert.That(announced, Is.EqualTo(expected ?? 0));
            Assert.That(arguments.ToArray(), Is.EqualTo(expected is null ? Array.Empty<byte>() : [1, 2, 3, 4]));
        }
    }

    private static List<byte[]> ReadInTwoPieces(byte[] stream, int split)
    {
        var queue = new ByteQueue();
        var read = new List<byte[]>();
        queue.Write(stream.AsSpan(0, split));
        Drain(queue, read);
        queue.Write(stream.AsSpan(split));
        Drain(queue, read);
        Assert.That(queue.Count, Is.Zero);
        return read;
    }

    private static void Drain(ByteQueue queue, List<byte[]> frames)
    {
        while (PacketFramer.TryRead(queue.Unread, out _, out _, out int consumed) == FrameStatus.Complete)
        {
            frames.Add(queue.Unread[..consumed].ToArray());
            queue.Consume(consumed);
        }
    }
}
