using System.Buffers.Binary;
using System.Text;

namespace VirtLock.Locking;

/// <summary>
/// Names and paths as the kernel has them: bytes without NUL that need not be UTF-8. Kept with a NUL behind them, so that one array serves as
/// dictionary key and as argument of a system call.
/// </summary>
internal static class ByteText
{
    /// <summary>Differs from run to run, so that nobody can choose names in advance whose hashes collide.</summary>
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    internal static byte[] Terminate(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Contains((byte)0))
        {
            throw new ArgumentException("A path or name must not contain NUL.", nameof(bytes));
        }

        var terminated = new byte[bytes.Length + 1];
        bytes.CopyTo(terminated);
        return terminated;
    }

    internal static byte[] Terminate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Terminate(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>For people only: bytes that are not UTF-8 become U+FFFD.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    internal static int Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Seed ^ (uint)bytes.Length;
        while (bytes.Length > sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        ulong tail = 0;
        foreach (byte value in bytes)
        {
            tail = (tail << 8) | value;
        }

        hash = Mix(hash ^ tail);
        return (int)hash;
    }

    /// <summary>An odd factor moves every bit to the ones above it, the shift those to the ones below.</summary>
    private static ulong Mix(ulong value)
    {
        value *= 0x9E3779B97F4A7C15;
        return value ^ (value >> 32);
    }
}
