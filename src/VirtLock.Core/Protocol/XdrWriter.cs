using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace VirtLock.Protocol;

/// <summary>
/// Writes XDR (RFC 4506) values one after another. Knows no limits: whoever writes a message keeps to those of the protocol.
/// </summary>
internal readonly ref struct XdrWriter
{
    private readonly IBufferWriter<byte> _output;

    /// <summary>Appends to <paramref name="output"/>.</summary>
    public XdrWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>How many bytes a string or opaque of <paramref name="length"/> bytes takes: length word, bytes and padding.</summary>
    public static int OpaqueSize(int length) => sizeof(uint) + length + PaddingOf(length);

    /// <summary>Writes an unsigned integer: 4 bytes.</summary>
    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_output.GetSpan(sizeof(uint)), value);
        _output.Advance(sizeof(uint));
    }

    /// <summary>Writes an integer or an enum: 4 bytes.</summary>
    public void WriteInt32(int value) => WriteUInt32(unchecked((uint)value));

    /// <summary>Writes an unsigned hyper integer: 8 bytes.</summary>
    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_output.GetSpan(sizeof(ulong)), value);
        _output.Advance(sizeof(ulong));
    }

    /// <summary>Writes a hyper integer: 8 bytes.</summary>
    public void WriteInt64(long value) => WriteUInt64(unchecked((ulong)value));

    /// <summary>Writes a double: 8 bytes, IEEE 754.</summary>
    public void WriteDouble(double value) => WriteUInt64(BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Writes a boolean, or the mark in front of an optional value: 4 bytes, 0 or 1.</summary>
    public void WriteBoolean(bool value) => WriteUInt32(value ? 1u : 0u);

    /// <summary>Writes a string or an opaque of variable length: a length word, the bytes, zeroes up to a whole word.</summary>
    public void WriteOpaque(ReadOnlySpan<byte> value)
    {
        WriteUInt32((uint)value.Length);
        WriteFixedOpaque(value);
    }

    /// <summary>Writes an opaque of a length that both sides know: the bytes, zeroes up to a whole word.</summary>
    public void WriteFixedOpaque(ReadOnlySpan<byte> value)
    {
        int size = value.Length + PaddingOf(value.Length);
        Span<byte> destination = _output.GetSpan(size)[..size];
        value.CopyTo(destination);
        destination[value.Length..].Clear();
        _output.Advance(size);
    }

    /// <summary>Writes text as a string in UTF-8. An unpaired surrogate becomes U+FFFD.</summary>
    public void WriteString(ReadOnlySpan<char> value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        int size = OpaqueSize(length);
        Span<byte> destination = _output.GetSpan(size)[..size];
        BinaryPrimitives.WriteInt32BigEndian(destination, length);
        Encoding.UTF8.GetBytes(value, destination[sizeof(uint)..]);
        destination[(sizeof(uint) + length)..].Clear();
        _output.Advance(size);
    }

    /// <summary>Writes an optional string: a mark, and the text in UTF-8 unless it is <see langword="null"/>.</summary>
    public void WriteOptionalString(string? value)
    {
        WriteBoolean(value is not null);
        if (value is not null)
        {
            WriteString(value);
        }
    }

    /// <summary>How many bytes are missing from <paramref name="length"/> to a multiple of 4.</summary>
    internal static int PaddingOf(int length) => -length & 3;
}
