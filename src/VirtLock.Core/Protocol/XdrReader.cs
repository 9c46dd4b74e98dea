using System.Buffers.Binary;

namespace VirtLock.Protocol;

/// <summary>
/// Reads XDR (RFC 4506) values one after another from a span. Every method answers <see langword="false"/>, and consumes nothing, when
/// the bytes do not hold such a value; none throws for what a peer sent. As tolerant as libvirt: padding need not be zero.
/// </summary>
internal ref struct XdrReader
{
    private ReadOnlySpan<byte> _unread;

    /// <summary>Starts at the front of <paramref name="source"/>.</summary>
    public XdrReader(ReadOnlySpan<byte> source) => _unread = source;

    /// <summary>How many bytes have not been read.</summary>
    public readonly int Remaining => _unread.Length;

    /// <summary>The bytes that have not been read.</summary>
    public readonly ReadOnlySpan<byte> Unread => _unread;

    /// <summary>Reads an unsigned integer: 4 bytes.</summary>
    public bool TryReadUInt32(out uint value) =>
        BinaryPrimitives.TryReadUInt32BigEndian(_unread, out value) && Skip(sizeof(uint));

    /// <summary>Reads an integer or an enum: 4 bytes.</summary>
    public bool TryReadInt32(out int value) =>
        BinaryPrimitives.TryReadInt32BigEndian(_unread, out value) && Skip(sizeof(int));

    /// <summary>Reads an unsigned hyper integer: 8 bytes.</summary>
    public bool TryReadUInt64(out ulong value) =>
        BinaryPrimitives.TryReadUInt64BigEndian(_unread, out value) && Skip(sizeof(ulong));

    /// <summary>Reads a hyper integer: 8 bytes.</summary>
    public bool TryReadInt64(out long value) =>
        BinaryPrimitives.TryReadInt64BigEndian(_unread, out value) && Skip(sizeof(long));

    /// <summary>Reads a double: 8 bytes, IEEE 754.</summary>
    public bool TryReadDouble(out double value) =>
        BinaryPrimitives.TryReadDoubleBigEndian(_unread, out value) && Skip(sizeof(double));

    /// <summary>Reads a boolean, or the mark in front of an optional value: 4 bytes. Any number but 0 counts as true.</summary>
    public bool TryReadBoolean(out bool value)
    {
        bool read = TryReadUInt32(out uint word);
        value = word != 0;
        return read;
    }

    /// <summary>Reads a string or an opaque of variable length: a length word, the bytes, padding to a whole word.</summary>
    /// <param name="maximumLength">The longest value accepted, in bytes.</param>
    /// <param name="value">The bytes, without padding: a window into the source. Strings are not checked for being UTF-8 or free of
    /// NULs.</param>
    public bool TryReadOpaque(int maximumLength, out ReadOnlySpan<byte> value)
    {
        if (BinaryPrimitives.TryReadUInt32BigEndian(_unread, out uint length) && length <= (uint)maximumLength)
        {
            XdrReader content = new(_unread[sizeof(uint)..]);
            if (content.TryReadFixedOpaque((int)length, out value))
            {
                _unread = content._unread;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Reads an opaque of a length that both sides know: the bytes, padding to a whole word.</summary>
    /// <param name="length">The length in bytes, not negative.</param>
    /// <param name="value">The bytes, without padding: a window into the source.</param>
    public bool TryReadFixedOpaque(int length, out ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > _unread.Length || XdrWriter.PaddingOf(length) > _unread.Length - length)
        {
            value = default;
            return false;
        }

        value = _unread[..length];
        return Skip(length + XdrWriter.PaddingOf(length));
    }

    /// <summary>Reads an optional string or opaque of variable length: a mark, and the value if the mark is set.</summary>
    /// <param name="maximumLength">The longest value accepted, in bytes.</param>
    /// <param name="isPresent">Whether there is a value; an empty one is present too.</param>
    /// <param name="value">The bytes, or an empty span when there is no value.</param>
    public bool TryReadOptionalOpaque(int maximumLength, out bool isPresent, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> start = _unread;
        value = default;
        if (TryReadBoolean(out isPresent) && (!isPresent || TryReadOpaque(maximumLength, out value)))
        {
            return true;
        }

        _unread = start;
        isPresent = false;
        return false;
    }

    private bool Skip(int count)
    {
        _unread = _unread[count..];
        return true;
    }
}
