using System.Numerics;
using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads the value at the cursor into what is being put together of an object.</summary>
/// <typeparam name="T">What is put together.</typeparam>
/// <param name="json">At the value; left at its end.</param>
/// <param name="target">What has been read so far.</param>
internal delegate void ValueReader<T>(ref DocumentCursor json, ref T target)
    where T : allows ref struct;

/// <summary>
/// One kind of object in a document. Each key is declared once, together with what reads its value, in the order in which documents usually
/// have them; what the declaration returns is the key for the writer. So no key can be left without a reader, or get another's.
/// </summary>
/// <typeparam name="T">What is put together of such an object.</typeparam>
/// <param name="isClosed">
/// Whether a key that was not declared is an error; libvirt's daemon and ours pass over it nearly everywhere.
/// </param>
internal sealed class DocumentObject<T>(bool isClosed = false)
    where T : allows ref struct
{
    /// <summary>A bit for each key says whether it was there.</summary>
    private const int MaximumKeys = 32;

    private readonly Key[] _keys = new Key[MaximumKeys];
    private int _count;
    private uint _mandatory;

    /// <summary>Declares a key that must be there.</summary>
    internal JsonEncodedText Mandatory(string key, ValueReader<T> read)
    {
        _mandatory |= 1u << _count;
        return Optional(key, read);
    }

    /// <summary>Declares a key that may be there.</summary>
    internal JsonEncodedText Optional(string key, ValueReader<T> read)
    {
        var name = JsonEncodedText.Encode(key);
        _keys[_count++] = new Key(name, read);
        return name;
    }

    /// <summary>Reads an object to its end.</summary>
    internal void Read(ref DocumentCursor json, ref T target)
    {
        uint seen = 0;
        int next = 0;
        json.EnterObject();
        while (json.NextKey())
        {
            int index = Find(json.Unescaped(), next);
            if (index >= 0)
            {
                uint bit = 1u << index;
                if ((seen & bit) != 0)
                {
                    throw json.Fail("is there twice");
                }

                seen |= bit;
                next = index + 1;
                json.EnterValue();
                _keys[index].Read(ref json, ref target);
            }
            else if (isClosed)
            {
                throw json.Fail("is not known");
            }
            else
            {
                json.Skip();
            }
        }

        uint missing = _mandatory & ~seen;
        if (missing != 0)
        {
            throw json.Missing(_keys[BitOperations.TrailingZeroCount(missing)].Name);
        }
    }

    /// <summary>Looks first where a document that keeps the usual order has the key.</summary>
    /// <returns>Its place; -1 when it was not declared.</returns>
    private int Find(ReadOnlySpan<byte> name, int expected)
    {
        for (int i = expected; i < _count; i++)
        {
            if (_keys[i].Is(name))
            {
                return i;
            }
        }

        for (int i = 0; i < expected; i++)
        {
            if (_keys[i].Is(name))
            {
                return i;
            }
        }

        return -1;
    }

    private sealed class Key(JsonEncodedText name, ValueReader<T> read)
    {
        private readonly byte[] _bytes = name.EncodedUtf8Bytes.ToArray();

        internal JsonEncodedText Name { get; } = name;

        internal ValueReader<T> Read { get; } = read;

        internal bool Is(ReadOnlySpan<byte> bytes) => bytes.SequenceEqual(_bytes);
    }
}
