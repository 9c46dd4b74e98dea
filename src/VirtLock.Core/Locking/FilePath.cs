namespace VirtLock.Locking;

/// <summary>
/// The path of a file or directory as the kernel takes it: bytes without NUL, which need not be UTF-8. Equal only when byte for byte equal:
/// nothing is normalised.
/// </summary>
public readonly struct FilePath : IEquatable<FilePath>, IByteText<FilePath>
{
    private readonly byte[]? _terminated;

    /// <summary>Takes a path as text, encoded as UTF-8.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> contains NUL.</exception>
    public FilePath(string path)
        : this(ByteText.Terminate(path))
    {
    }

    /// <summary>Takes a path as bytes, without a terminating NUL.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> contains NUL.</exception>
    public FilePath(ReadOnlySpan<byte> path)
        : this(ByteText.Terminate(path))
    {
    }

    internal FilePath(byte[] terminated) => _terminated = terminated;

    /// <summary>The path without a terminating NUL.</summary>
    public ReadOnlySpan<byte> Bytes => NullTerminated[..^1];

    /// <summary>The path with the NUL that system calls want behind it.</summary>
    public ReadOnlySpan<byte> NullTerminated => _terminated ?? [0];

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other path.</param>
    public static bool operator ==(FilePath left, FilePath right) => left.Equals(right);

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other path.</param>
    public static bool operator !=(FilePath left, FilePath right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(FilePath other) => NullTerminated.SequenceEqual(other.NullTerminated);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FilePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ByteText.Hash(Bytes);

    /// <summary>The path as text, for people: bytes that are not UTF-8 become U+FFFD.</summary>
    /// <returns>The decoded path.</returns>
    public override string ToString() => ByteText.Decode(Bytes);

    /// <summary>The path of what <paramref name="name"/> stands for below this directory.</summary>
    internal FilePath Append(ResourceName name)
    {
        ReadOnlySpan<byte> directory = Bytes;
        var joined = new byte[directory.Length + 1 + name.NullTerminated.Length];
        directory.CopyTo(joined);
        joined[directory.Length] = (byte)'/';
        name.NullTerminated.CopyTo(joined.AsSpan(directory.Length + 1));
        return new FilePath(joined);
    }

    static FilePath IByteText<FilePath>.FromBytes(ReadOnlySpan<byte> bytes) => new(bytes);
}
