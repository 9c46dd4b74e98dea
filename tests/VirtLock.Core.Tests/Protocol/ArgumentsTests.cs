using System.Text;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class ArgumentsTests
{
    private static readonly byte[] Uuid = Convert.FromHexString("000102030405460788090a0b0c0d0e0f");

    private static readonly byte[] LongestString = new byte[ProtocolConstants.MaximumLockStringLength];

    private static readonly byte[] TooLongString = new byte[ProtocolConstants.MaximumLockStringLength + 1];

    [FsCheck.NUnit.Property]
    public bool Register_survives_the_wire(byte[] name, uint domainId, uint pid, uint flags, uint serial)
    {
        var queue = new ByteQueue();
        CallWriter.Write(queue, LockProcedure.Register, serial, new RegisterArguments(Uuid, name, domainId, pid, flags));

        return IsOneCall(queue.Unread, LockProcedure.Register, serial, out ReadOnlySpan<byte> body)
            && RegisterArguments.TryDecode(body, out RegisterArguments read)
            && read.Uuid.SequenceEqual(Uuid)
            && read.Name.SequenceEqual(name)
            && (read.DomainId, read.Pid, read.Flags) == (domainId, pid, flags);
    }

    [FsCheck.NUnit.Property]
    public bool Restrict_survives_the_wire(uint flags, uint serial)
    {
        var queue = new ByteQueue();
        CallWriter.Write(queue, LockProcedure.Restrict, serial, new RestrictArguments(flags));

        return IsOneCall(queue.Unread, LockProcedure.Restrict, serial, out ReadOnlySpan<byte> body)
            && RestrictArguments.TryDecode(body, out RestrictArguments read)
            && read.Flags == flags;
    }

    [FsCheck.NUnit.Property]
    public bool New_lock_space_survives_the_wire(byte[] path, uint flags, uint serial)
    {
        var queue = new ByteQueue();
        CallWriter.Write(queue, LockProcedure.NewLockSpace, serial, new LockSpaceArguments(path, flags));

        return IsOneCall(queue.Unread, LockProcedure.NewLockSpace, serial, out ReadOnlySpan<byte> body)
            && LockSpaceArguments.TryDecode(body, out LockSpaceArguments read)
            && read.Path.SequenceEqual(path)
            && read.Flags == flags;
    }

    [FsCheck.NUnit.Property]
    public bool Create_lock_space_survives_the_wire(byte[] path, uint serial)
    {
        var queue = new ByteQueue();
        CallWriter.Write(queue, LockProcedure.CreateLockSpace, serial, new CreateLockSpaceArguments(path));

        return IsOneCall(queue.Unread, LockProcedure.CreateLockSpace, serial, out ReadOnlySpan<byte> body)
            && CreateLockSpaceArguments.TryDecode(body, out CreateLockSpaceArguments read)
            && read.Path.SequenceEqual(path);
    }

    [FsCheck.NUnit.Property]
    public bool Resource_calls_survive_the_wire(byte[] path, byte[] name, uint flags, uint serial, byte choice)
    {
        LockProcedure procedure = LockProcedure.CreateResource + (choice % 4);
        var queue = new ByteQueue();
        CallWriter.Write(queue, procedure, serial, new ResourceArguments(path, name, flags));

        return IsOneCall(queue.Unread, procedure, serial, out ReadOnlySpan<byte> body)
            && ResourceArguments.TryDecode(body, out ResourceArguments read)
            && read.Path.SequenceEqual(path)
            && read.Name.SequenceEqual(name)
            && read.Flags == flags;
    }

    [Test]
    public void Arguments_cut_anywhere_are_refused_whatever_lies_behind_the_cut()
    {
        int calls = 0;
        foreach (RecordedMessage message in Transcript.Messages.Where(message => message.IsFromClient
            && message.File is "lockspace-resources.txt" or "acquire-release-errors.txt" or "double-register.txt"))
        {
            PacketFramer.TryRead(message.Bytes, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
            if (header.Type != MessageType.Call)
            {
                continue;
            }

            calls++;
            Assert.That(LockCalls.CanDecode(header.Procedure, body), Is.True, message.ToString());
            for (int cut = 0; cut < body.Length; cut++)
            {
                // Once with the rest of the message behind the cut, and once with nothing behind it.
                Assert.That(LockCalls.CanDecode(header.Procedure, body[..cut]), Is.False, $"{message} cut after {cut} bytes");
                Assert.That(LockCalls.CanDecode(header.Procedure, body[..cut].ToArray()), Is.False, $"{message} cut after {cut} bytes");
            }
        }

        Assert.That(calls, Is.GreaterThan(40));
    }

    [Test]
    public void Bytes_after_the_arguments_are_ignored()
    {
        var queue = new ByteQueue();
        var writer = new XdrWriter(queue);
        new RegisterArguments(Uuid, "demo"u8, 7, 424_242, 0).Encode(ref writer);
        writer.WriteString("trailing");

        Assert.That(RegisterArguments.TryDecode(queue.Unread, out RegisterArguments read), Is.True);
        Assert.That(read.Pid, Is.EqualTo(424_242));
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Garbage_never_makes_a_decoder_throw(byte[] garbage, bool startsLikeAShortString)
    {
        byte[] body = startsLikeAShortString ? [0, 0, 0, (byte)(garbage.Length / 2), .. garbage] : garbage;
        for (int procedure = 1; procedure <= 8; procedure++)
        {
            LockCalls.CanDecode(procedure, body);
        }

        RemoteError.TryDecode(body, out _);
    }

    [Test]
    public void A_nul_in_a_name_is_handed_on()
    {
        var queue = new ByteQueue();
        var writer = new XdrWriter(queue);
        new ResourceArguments("/a\0b"u8, "c\0d"u8, 0).Encode(ref writer);

        Assert.That(ResourceArguments.TryDecode(queue.Unread, out ResourceArguments read), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Encoding.ASCII.GetString(read.Path), Is.EqualTo("/a\0b"));
            Assert.That(Encoding.ASCII.GetString(read.Name), Is.EqualTo("c\0d"));
        }
    }

    [TestCase(LockProcedure.Register, 0)]
    [TestCase(LockProcedure.NewLockSpace, 0)]
    [TestCase(LockProcedure.AcquireResource, 0)]
    [TestCase(LockProcedure.AcquireResource, 1)]
    [TestCase(LockProcedure.CreateLockSpace, 0)]
    public void Strings_of_65536_bytes_are_decoded_and_longer_ones_are_not(LockProcedure procedure, int position)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(LockCalls.CanDecode((int)procedure, BodyWithStringAt(position, LongestString)), Is.True);
            Assert.That(LockCalls.CanDecode((int)procedure, BodyWithStringAt(position, TooLongString)), Is.False);
        }

        byte[] BodyWithStringAt(int index, byte[] content)
        {
            var queue = new ByteQueue();
            var writer = new XdrWriter(queue);
            if (procedure == LockProcedure.Register)
            {
                writer.WriteFixedOpaque(Uuid);
            }

            writer.WriteOpaque(index == 0 ? content : []);
            writer.WriteOpaque(index == 1 ? content : []);
            writer.WriteUInt64(0);
            return queue.Unread.ToArray();
        }
    }

    [Test]
    public void Strings_that_a_server_would_refuse_are_not_sent()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new RegisterArguments(Uuid, LongestString, 1, 1, 0).Pid, Is.EqualTo(1));
            Assert.That(() => new RegisterArguments(Uuid, TooLongString, 1, 1, 0).Pid, Throws.ArgumentException);
            Assert.That(() => new RegisterArguments(Uuid.AsSpan(1), "a"u8, 1, 1, 0).Pid, Throws.ArgumentException);
            Assert.That(() => new LockSpaceArguments(TooLongString, 0).Flags, Throws.ArgumentException);
            Assert.That(() => new CreateLockSpaceArguments(TooLongString).Path.Length, Throws.ArgumentException);
            Assert.That(() => new ResourceArguments(TooLongString, "a"u8, 0).Flags, Throws.ArgumentException);
            Assert.That(() => new ResourceArguments("a"u8, TooLongString, 0).Flags, Throws.ArgumentException);
        }
    }

    [Test]
    public void A_procedure_is_not_sent_with_the_arguments_of_another([Values] LockProcedure procedure)
    {
        var queue = new ByteQueue();
        int accepted = 0;
        foreach (Action write in new Action[]
        {
            () => CallWriter.Write(queue, procedure, 0, new RegisterArguments(Uuid, "a"u8, 1, 1, 0)),
            () => CallWriter.Write(queue, procedure, 0, new RestrictArguments(0)),
            () => CallWriter.Write(queue, procedure, 0, new LockSpaceArguments("a"u8, 0)),
            () => CallWriter.Write(queue, procedure, 0, new CreateLockSpaceArguments("a"u8)),
            () => CallWriter.Write(queue, procedure, 0, new ResourceArguments("a"u8, "b"u8, 0)),
        })
        {
            try
            {
                write();
                accepted++;
            }
            catch (ArgumentException refusal)
            {
                Assert.That(refusal.Message, Does.Contain(procedure.ToString()));
            }
        }

        Assert.That(accepted, Is.EqualTo(1));
    }

    [Test]
    public void Arguments_without_a_uuid_leave_nothing_half_written()
    {
        var queue = new ByteQueue();

        Assert.That(() => CallWriter.Write(queue, LockProcedure.Register, 0, default(RegisterArguments)), Throws.ArgumentException);
        Assert.That(queue.Count, Is.Zero);
    }

    private static bool IsOneCall(ReadOnlySpan<byte> bytes, LockProcedure procedure, uint serial, out ReadOnlySpan<byte> body) =>
        PacketFramer.TryRead(bytes, out PacketHeader header, out body, out int consumed) == FrameStatus.Complete
        && consumed == bytes.Length
        && header == new PacketHeader(0x0EA7BEEF, 1, (int)procedure, MessageType.Call, serial, MessageStatus.Ok);
}
