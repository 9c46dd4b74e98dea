using System.Text;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class RemoteErrorTests
{
    [FsCheck.NUnit.Property]
    public bool Any_error_survives_the_wire(
        int code, int domain, string? message, int level, string? pattern, string? detail, string? text3, int int1, int int2)
    {
        var error = new RemoteError
        {
            Code = (ErrorCode)code,
            Domain = (ErrorDomain)domain,
            Message = Valid(message) ?? string.Empty,
            Level = (ErrorLevel)level,
            Pattern = Valid(pattern),
            Detail = Valid(detail),
            Text3 = Valid(text3),
            Int1 = int1,
            Int2 = int2,
        };
        byte[] body = Encoded(error);

        return body.Length == error.EncodedSize && RemoteError.TryDecode(body, out RemoteError? read) && read == error;
    }

    [Test]
    public void A_busy_resource_is_answered_as_libvirt_answers()
    {
        var queue = new ByteQueue();
        var call = new PacketHeader(0x0EA7BEEF, 1, (int)LockProcedure.AcquireResource, MessageType.Call, 1, MessageStatus.Ok);
        ReplyWriter.WriteError(
            queue,
            call,
            RemoteError.Ordinary(
                ErrorCode.ResourceBusy, ErrorDomain.LockSpace, "Lockspace resource '/var/lib/demo/disk1.img' is locked"));

        Assert.That(Convert.ToHexStringLower(queue.Unread), Is.EqualTo(
            "000000e8" + "0ea7beef" + "00000001" + "00000006" + "00000001" + "00000001" + "00000001"
            + "00000057" + "00000033"
            + "00000001" + "00000045" + Hex("resource busy: Lockspace resource '/var/lib/demo/disk1.img' is locked") + "000000"
            + "00000002" + "00000000"
            + "00000001" + "00000011" + Hex("resource busy: %s") + "000000"
            + "00000001" + "00000036" + Hex("Lockspace resource '/var/lib/demo/disk1.img' is locked") + "0000"
            + "00000000" + "ffffffff" + "ffffffff" + "00000000"));
    }

    [Test]
    public void The_guest_and_the_network_of_an_error_are_read_past()
    {
        var queue = new ByteQueue();
        var writer = new XdrWriter(queue);
        writer.WriteInt32(42);
        writer.WriteInt32(10);
        writer.WriteOptionalString("no such guest");
        writer.WriteInt32(2);
        writer.WriteBoolean(true);
        writer.WriteString("guest");
        writer.WriteFixedOpaque(new byte[16]);
        writer.WriteInt32(-1);
        writer.WriteOptionalString("one");
        writer.WriteOptionalString("two");
        writer.WriteOptionalString("three");
        writer.WriteInt32(4);
        writer.WriteInt32(5);
        writer.WriteBoolean(true);
        writer.WriteString("network");
        writer.WriteFixedOpaque(new byte[16]);
        byte[] body = queue.Unread.ToArray();

        bool isDecoded = RemoteError.TryDecode(body, out RemoteError? error);

        Assert.That(isDecoded, Is.True);
        Assert.That(error, Is.EqualTo(new RemoteError
        {
            Code = (ErrorCode)42,
            Domain = (ErrorDomain)10,
            Message = "no such guest",
            Pattern = "one",
            Detail = "two",
            Text3 = "three",
            Int1 = 4,
            Int2 = 5,
        }));
        AssertRefusedWhenCutAnywhere(body);
    }

    [Test]
    public void An_error_cut_anywhere_is_refused()
    {
        foreach (RecordedMessage message in Transcript.Messages.Where(message => !message.IsFromClient))
        {
            PacketFramer.TryRead(message.Bytes, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
            if (header.Status == MessageStatus.Error)
            {
                AssertRefusedWhenCutAnywhere(body.ToArray());
            }
        }
    }

    [Test]
    public void Bytes_that_are_not_utf8_are_replaced()
    {
        var queue = new ByteQueue();
        var writer = new XdrWriter(queue);
        RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.Rpc, "XYZ").Encode(ref writer);
        byte[] body = queue.Unread.ToArray();
        body.AsSpan().Replace((byte)'Y', (byte)0xFF);

        Assert.That(RemoteError.TryDecode(body, out RemoteError? error), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Is.EqualTo("internal error: X\uFFFDZ"));
            Assert.That(error.Detail, Is.EqualTo("X\uFFFDZ"));
        }
    }

    [TestCase('a')]
    [TestCase('ä')]
    [TestCase('€')]
    public void The_longest_texts_still_fit_old_peers(char letter)
    {
        string text = new(letter, 200_000);
        var error = new RemoteError
        {
            Code = ErrorCode.Internal,
            Domain = ErrorDomain.LockSpace,
            Message = text,
            Pattern = text,
            Detail = text,
            Text3 = text,
        };
        byte[] body = Encoded(error);

        Assert.That(RemoteError.TryDecode(body, out RemoteError? read), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(body, Has.Length.EqualTo(error.EncodedSize).And.Length.LessThanOrEqualTo(262_120));
            Assert.That(text, Does.StartWith(read!.Message));
            Assert.That(read.Message, Has.Length.GreaterThan(20_000));
        }
    }

    [Test]
    public void A_text_of_as_many_bytes_as_allowed_is_not_cut()
    {
        string text = new('a', ProtocolConstants.MaximumErrorTextLength);

        Assert.That(RemoteError.TryDecode(Encoded(RemoteError.SystemCall(ErrorDomain.LockSpace, text, 2)), out RemoteError? read), Is.True);
        Assert.That(read!.Message, Is.EqualTo(text));
    }

    [Test]
    public void A_cut_never_goes_through_a_character([Values(0, 1)] int offset)
    {
        string text = new string('a', offset) + string.Concat(Enumerable.Repeat("\U0001F512", 60_000));

        Assert.That(RemoteError.TryDecode(Encoded(RemoteError.SystemCall(ErrorDomain.LockSpace, text, 2)), out RemoteError? read), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read!.Message, Does.Not.Contain('\uFFFD'));
            Assert.That(text, Does.StartWith(read.Message));
        }
    }

    [Test]
    public void Refused_flags_are_named_in_hex()
    {
        RemoteError error = RemoteError.UnsupportedFlags(0x80000000, "Acquire");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Is.EqualTo("unsupported flags (0x80000000) in function Acquire"));
            Assert.That((error.Code, error.Domain), Is.EqualTo((ErrorCode.InvalidArgument, ErrorDomain.Rpc)));
            Assert.That((error.Pattern, error.Detail), Is.EqualTo(("Acquire", "flags")));
            Assert.That((error.Int1, error.Int2), Is.EqualTo((0, 0)));
            Assert.That(RemoteError.UnsupportedFlags(1, "Open", ErrorDomain.Admin).Domain, Is.EqualTo(ErrorDomain.Admin));
        }
    }

    private static void AssertRefusedWhenCutAnywhere(byte[] body)
    {
        for (int cut = 0; cut < body.Length; cut++)
        {
            Assert.That(RemoteError.TryDecode(body.AsSpan(0, cut), out RemoteError? error), Is.False, $"cut after {cut} bytes");
            Assert.That(error, Is.Null);
        }
    }

    private static byte[] Encoded(RemoteError error)
    {
        var queue = new ByteQueue();
        var writer = new XdrWriter(queue);
        error.Encode(ref writer);
        return queue.Unread.ToArray();
    }

    // A string of random UTF-16 units may hold unpaired surrogates, which UTF-8 cannot carry.
    private static string? Valid(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));
}
