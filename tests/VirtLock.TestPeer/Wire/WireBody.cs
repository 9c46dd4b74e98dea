using System.Buffers.Binary;
using System.Text;

namespace VirtLock.TestPeer.Wire;

/// <summary>Builds the arguments of a call, field by field; lets a test write wrong ones too.</summary>
internal sealed class WireBody
{
    private readonly List<byte> _bytes = [];

    public WireBody UInt(uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        _bytes.AddRange(word);
        return this;
    }

    public WireBody Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public WireBody Text(string value) => Text(Encoding.UTF8.GetBytes(value));

    public WireBody Text(ReadOnlySpan<byte> value)
    {
        UInt((uint)value.Length);
        _bytes.AddRange(value);
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
