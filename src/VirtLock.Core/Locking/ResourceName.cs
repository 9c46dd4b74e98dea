namespace VirtLock.Locking;

/// <summary>
/// What a resource is called in its lock space: bytes without NUL, which need not be UTF-8. In the default space it is the path of the file
/// itself.
/// </summary>
public readonly struct ResourceName : IEquatable<ResourceName>, IByteText<ResourceName>
{
    private readonly byte[]? _terminated;

    /// <summary>Takes a name as text, encoded as UTF-8.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> contains NUL.</exception>
    public ResourceName(string name) => _terminated = ByteText.Terminate(name);

    /// <summary>Takes a name as bytes, without a terminating NUL.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> contains NUL.</exception>
    public ResourceName(ReadOnlySpan<byte> name) => _terminated = ByteText.Terminate(name);

    /// <summary>The name without a terminating NUL.</summary>
    public ReadOnlySpan<byte> Bytes => NullTerminated[..^1];

    internal ReadOnlySpan<byte> NullTerminated => _terminated ?? [0];

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other name.</param>
    public static bool operator ==(ResourceName left, ResourceName right) => left.Equals(right);

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other name.</param>
    public static bool operator !=(ResourceName left, ResourceName right) => !left.Equals(right);

    /// <summary>Takes a name as text, encoded as UTF-8.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> contains NUL.</exception>
    public static implicit operator ResourceName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new ResourceName(name);
    }

    /// <inheritdoc/>
    public bool Equals(ResourceName other) => NullTerminated.SequenceEqual(other.NullTerminated);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ResourceName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ByteText.Hash(Bytes);

    /// <summary>The name as text, for people: bytes that are not UTF-8 become U+FFFD.</summary>
    /// <returns>The decoded name.</returns>
    public override string ToString() => ByteText.Decode(Bytes);

    /// <summary>The file of this name in the default lock space, sharing the bytes.</summary>
    internal FilePath AsPath() => new(_terminated ?? [0]);

    static ResourceName IByteText<ResourceName>.FromBytes(ReadOnlySpan<byte> bytes) => new(bytes);
}
