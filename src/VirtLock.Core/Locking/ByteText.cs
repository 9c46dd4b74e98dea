using System.Text;

namespace VirtLock.Locking;

/// <summary>
/// Names and paths as the kernel has them: bytes without NUL that need not be UTF-8. Kept with a NUL behind them, so that one array serves as
/// dictionary key and as argument of a system call.
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

    internal static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = default(HashCode);
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
