using System.Buffers.Binary;

namespace VirtLock.Protocol;

/// <summary>The six words in front of every body.</summary>
/// <param name="Program">Which program is spoken, such as <see cref="ProtocolConstants.LockProgram"/>.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Procedure">The procedure within the program; signed on the wire.</param>
/// <param name="Type">The kind of message; may be a number without a name.</param>
/// <param name="Serial">Chosen by the caller, echoed in the answer.</param>
/// <param name="Status">Success or failure; may be a number without a name.</param>
public readonly record struct PacketHeader(
    uint Program, uint Version, int Procedure, MessageType Type, uint Serial, MessageStatus Status)
{
    /// <summary>Whether the packet is a request: a call, with or without file descriptors.</summary>
    public bool IsCall => Type is MessageType.Call or MessageType.CallWithFds;

    /// <summary>Reads a header from the first <see cref="ProtocolConstants.HeaderSize"/> bytes, those after the length word.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer bytes than a header has.</exception>
    public static PacketHeader Read(ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> words = source[..ProtocolConstants.HeaderSize];
        return new PacketHeader(
            BinaryPrimitives.ReadUInt32BigEndian(words),
            BinaryPrimitives.ReadUInt32BigEndian(words[4..]),
            BinaryPrimitives.ReadInt32BigEndian(words[8..]),
            (MessageType)BinaryPrimitives.ReadInt32BigEndian(words[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(words[16..]),
            (MessageStatus)BinaryPrimitives.ReadInt32BigEndian(words[20..]));
    }

    /// <summary>Writes the header into the first <see cref="ProtocolConstants.HeaderSize"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less room than a header takes.</exception>
    internal void Write(Span<byte> destination)
    {
        Span<byte> words = destination[..ProtocolConstants.HeaderSize];
        BinaryPrimitives.WriteUInt32BigEndian(words, Program);
        BinaryPrimitives.WriteUInt32BigEndian(words[4..], Version);
        BinaryPrimitives.WriteInt32BigEndian(words[8..], Procedure);
        BinaryPrimitives.WriteInt32BigEndian(words[12..], (int)Type);
        BinaryPrimitives.WriteUInt32BigEndian(words[16..], Serial);
        BinaryPrimitives.WriteInt32BigEndian(words[20..], (int)Status);
    }

    /// <summary>The header of the answer to this request: program, version, procedure and serial are the caller's.</summary>
    internal PacketHeader Reply(MessageStatus status) => this with { Type = MessageType.Reply, Status = status };
}
