using System.Runtime.InteropServices;
using System.Text;

namespace VirtLock.Locking;

/// <summary>
/// Names and paths as the kernel has them: bytes without NUL that need not be UTF-8. Kept with a NUL behind them, so that one array serves
/// as dictionary key and as argument of a system call.
/// </summary>
internal static class ByteText
{
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

    /// <summary>
    /// The runtime's hash for strings, over the bytes two by two: it is keyed with what no client knows and differs from run to run, so
    /// that clients, who choose names, can't choose many that collide. A multiply-and-shift hash is twice as fast (8 ns against 18 for a
    /// usual path), but pairs of names can be built for it that collide whatever its seed or its factor.
    /// </summary>
    internal static int Hash(ReadOnlySpan<byte> bytes)
    {
        int hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        return int.IsOddInteger(bytes.Length) ? (hash * 31) + bytes[^1] : hash;
    }
}
