using System.Buffers.Binary;
using System.Text;

namespace VirtLock.TestPeer.Wire;

/// <summary>Takes a reply's body apart; runs past the end by throwing, so a short reply fails the test.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public int Int()
    {
        int value = BinaryPrimitives.ReadInt32BigEndian(_rest);
        _rest = _rest[4..];
        return value;
    }

    public string? OptionalText()
    {
        if (!Present())
        {
            return null;
        }

        int length = Int();
        string text = Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[((length + 3) & ~3)..];
        return text;
    }

    public bool Present() => Int() switch
    {
        0 => false,
        1 => true,
        int other => throw new InvalidDataException($"An optional field starts with {other}."),
    };
}
