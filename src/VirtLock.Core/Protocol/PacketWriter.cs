using System.Buffers;
using System.Buffers.Binary;

namespace VirtLock.Protocol;

/// <summary>Writes whole frames: length word, header and body.</summary>
internal static class PacketWriter
{
    /// <summary>Appends a frame with a body that is already encoded.</summary>
    /// <exception cref="ArgumentException">The body is longer than <see cref="ProtocolConstants.MaximumBodyLength"/>.</exception>
    public static void Write(IBufferWriter<byte> output, in PacketHeader header, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (body.Length > ProtocolConstants.MaximumBodyLength)
        {
            throw new ArgumentException(
                $"A body has at most {ProtocolConstants.MaximumBodyLength} bytes, not {body.Length}.", nameof(body));
        }

        WriteStart(output, header, body.Length);
        output.Write(body);
    }

    /// <summary>Appends the length word and the header; the caller then appends exactly <paramref name="bodySize"/> bytes.</summary>
    internal static void WriteStart(IBufferWriter<byte> output, in PacketHeader header, int bodySize)
    {
        Span<byte> start = output.GetSpan(ProtocolConstants.MinimumFrameLength);
        BinaryPrimitives.WriteInt32BigEndian(start, ProtocolConstants.MinimumFrameLength + bodySize);
        header.Write(start[ProtocolConstants.LengthWordSize..]);
        output.Advance(ProtocolConstants.MinimumFrameLength);
    }
}
