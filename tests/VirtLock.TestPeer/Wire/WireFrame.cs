using System.Buffers.Binary;

namespace VirtLock.TestPeer.Wire;

/// <summary>The header of a message and its bytes; the defaults are those of a correct lock call.</summary>
internal sealed record WireFrame
{
    public const uint LockProgram = 0x0EA7BEEF;
    public const uint AdminProgram = 0x06900690;
    public const uint KeepaliveProgram = 0x6B656570;
    public const int HeaderLength = 28;

    public const uint CallType = 0;
    public const uint ReplyType = 1;
    public const uint EventType = 2;
    public const uint CallWithDescriptorsType = 4;

    public uint Program { get; init; } = LockProgram;

    public uint Version { get; init; } = 1;

    public int Procedure { get; init; }

    public uint Type { get; init; } = CallType;

    public uint Serial { get; init; }

    public uint Status { get; init; }

    public byte[] Body { get; init; } = [];

    public static WireFrame Call(LockProcedure procedure, WireBody body) =>
        new() { Procedure = (int)procedure, Body = body.ToArray() };

    public static WireFrame Ping { get; } = new() { Program = KeepaliveProgram, Procedure = 1, Type = EventType };

    public byte[] ToArray()
    {
        byte[] bytes = new byte[HeaderLength + Body.Length];
        Span<byte> header = bytes;
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)bytes.Length);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], Program);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], Procedure);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], Type);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], Serial);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], Status);
        Body.CopyTo(header[HeaderLength..]);
        return bytes;
    }
}
