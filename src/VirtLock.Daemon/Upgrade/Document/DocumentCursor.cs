using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// A place in a document: reads one value after the other and says what is wrong where. A copy stays where it is, which is how a value can
/// be read later than its turn.
/// </summary>
internal ref struct DocumentCursor
{
    /// <summary>A hundred years: the longest span of time that means anything here.</summary>
    private const long MaximumMilliseconds = 100L * 366 * 24 * 60 * 60 * 1000;

    private readonly ReadOnlySpan<byte> _document;
    private Utf8JsonReader _reader;

    internal DocumentCursor(ReadOnlySpan<byte> document)
    {
        _document = document;
        _reader = new Utf8JsonReader(document);
    }

    internal readonly bool IsObject => _reader.TokenType == JsonTokenType.StartObject;

    internal readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    /// <summary>Begins with the one value that a document is.</summary>
    internal void Begin() => _reader.Read();

    /// <summary>Makes sure that nothing follows that value.</summary>
    internal void End() => _reader.Read();

    /// <summary>Whether this is a place in a document at all, and not the default value.</summary>
    internal readonly bool IsSomewhere => _reader.TokenType != JsonTokenType.None;

    internal readonly void EnterObject()
    {
        if (!IsObject)
        {
            throw Fail("must be an object");
        }
    }

    /// <summary>Moves to the object's next key.</summary>
    internal bool NextKey() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves from a key to its value.</summary>
    internal void EnterValue() => _reader.Read();

    internal readonly void EnterArray()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            throw Fail("must be an array");
        }
    }

    /// <summary>Moves to the array's next value.</summary>
    internal bool NextItem() => _reader.Read() && _reader.TokenType != JsonTokenType.EndArray;

    /// <summary>Passes over an object or array with all that is in it, or from a key over its value.</summary>
    internal void Skip() => _reader.Skip();

    /// <summary>Passes over an object that nothing is asked of.</summary>
    internal void SkipObject()
    {
        EnterObject();
        Skip();
    }

    /// <summary>Passes over a value.</summary>
    /// <returns>Where it begins, for reading it later.</returns>
    internal DocumentCursor PutOff()
    {
        DocumentCursor start = this;
        Skip();
        return start;
    }

    internal readonly bool Boolean() => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Fail("must be true or false"),
    };

    internal readonly int Int32() =>
        IsNumber && _reader.TryGetInt32(out int value) ? value : throw OutOfRange(int.MinValue, int.MaxValue);

    internal readonly uint UInt32() => IsNumber && _reader.TryGetUInt32(out uint value) ? value : throw OutOfRange(0, uint.MaxValue);

    internal readonly ulong UInt64() => IsNumber && _reader.TryGetUInt64(out ulong value) ? value : throw OutOfRange(0, ulong.MaxValue);

    internal readonly long Int64(long minimum, long maximum) =>
        IsNumber && _reader.TryGetInt64(out long value) && value >= minimum && value <= maximum
            ? value
            : throw OutOfRange(minimum, (ulong)maximum);

    internal readonly TimeSpan Duration() => TimeSpan.FromMilliseconds(Int64(0, MaximumMilliseconds));

    /// <summary>A time in whole seconds since 1970.</summary>
    internal readonly DateTimeOffset SecondsSinceEpoch() =>
        DateTimeOffset.FromUnixTimeSeconds(Int64(DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    /// <summary>A time in milliseconds since 1970.</summary>
    internal readonly DateTimeOffset MillisecondsSinceEpoch() => DateTimeOffset.FromUnixTimeMilliseconds(
        Int64(DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>A UUID as libvirt reads it: 32 hexadecimal digits, with dashes between any two bytes and blanks around.</summary>
    internal readonly Guid Uuid()
    {
        Span<byte> uuid = stackalloc byte[16];
        int count = 0;
        ReadOnlySpan<byte> text = Text().Trim((byte)' ');
        while (text.Length >= 2 && count < uuid.Length)
        {
            if (text[0] == '-')
            {
                text = text[1..];
            }
            else if (Convert.FromHexString(text[..2], uuid[count..], out _, out _) == OperationStatus.Done)
            {
                text = text[2..];
                count++;
            }
            else
            {
                break;
            }
        }

        return text.IsEmpty && count == uuid.Length ? new Guid(uuid, bigEndian: true) : throw Fail("must be a UUID");
    }

    /// <summary>A whole number of 64 bits, signed or not, cut to the lower 32: how pids stand in libvirt's document.</summary>
    internal readonly uint LowerHalf()
    {
        if (IsNumber && _reader.TryGetUInt64(out ulong value))
        {
            return (uint)value;
        }

        return IsNumber && _reader.TryGetInt64(out long negative) ? (uint)negative : throw OutOfRange(long.MinValue, ulong.MaxValue);
    }

    /// <summary>A place in an array.</summary>
    internal readonly int Index() => (int)Int64(0, int.MaxValue);

    /// <summary>The number of an open file.</summary>
    internal readonly int Descriptor() => (int)Int64(0, int.MaxValue);

    /// <summary>The bytes of a text that has no NUL in it, good until the cursor moves.</summary>
    internal readonly ReadOnlySpan<byte> Text()
    {
        if (_reader.TokenType != JsonTokenType.String)
        {
            throw Fail("must be a text");
        }

        ReadOnlySpan<byte> text = Unescaped();
        return text.Contains((byte)0) ? throw Fail("must not contain NUL") : text;
    }

    /// <summary>The bytes that a text carries in Base64.</summary>
    internal readonly byte[] Base64Bytes()
    {
        ReadOnlySpan<byte> text = Text();
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, bytes, out _, out int written) == OperationStatus.Done
            ? bytes[..written]
            : throw Fail("must be Base64");
    }

    /// <summary>The bytes of a name or path that a text carries in Base64.</summary>
    internal readonly ReadOnlySpan<byte> NameBytes()
    {
        ReadOnlySpan<byte> bytes = Base64Bytes();
        return bytes.Contains((byte)0) ? throw Fail("must not contain NUL") : bytes;
    }

    internal readonly SnapshotFormatException Fail(string complaint, Exception? inner = null)
    {
        string path = DocumentPath.At(_document, _reader.TokenStartIndex);
        return new SnapshotFormatException($"{(path.Length == 0 ? "The document" : path)} {complaint}.", inner);
    }

    private readonly bool IsNumber => _reader.TokenType == JsonTokenType.Number;

    /// <summary>The text or key that was just read.</summary>
    internal readonly ReadOnlySpan<byte> Unescaped()
    {
        if (!_reader.ValueIsEscaped)
        {
            return _reader.ValueSpan;
        }

        var unescaped = new byte[_reader.ValueSpan.Length];
        try
        {
            return unescaped.AsSpan(0, _reader.CopyString(unescaped));
        }
        catch (InvalidOperationException e)
        {
            throw Fail("must not escape half a surrogate pair", e);
        }
    }

    /// <summary>A key is missing from the object that begins, or ends, here.</summary>
    internal readonly SnapshotFormatException Missing(JsonEncodedText key)
    {
        string path = DocumentPath.At(_document, _reader.TokenStartIndex);
        return new SnapshotFormatException($"{(path.Length == 0 ? "" : path + ".")}{key} is missing.");
    }

    private readonly SnapshotFormatException OutOfRange(long minimum, ulong maximum) =>
        Fail(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"must be a whole number from {minimum} to {maximum}"));
}
