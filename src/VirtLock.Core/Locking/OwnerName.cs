namespace VirtLock.Locking;

/// <summary>
/// What an owner is called, for people: it identifies nothing. Bytes without NUL, as the name of a libvirt domain need not be UTF-8.
/// </summary>
public readonly struct OwnerName : IEquatable<OwnerName>
{
    private readonly byte[]? _terminated;

    /// <summary>Takes a name as text, encoded as UTF-8.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> contains NUL.</exception>
    public OwnerName(string name) => _terminated = ByteText.Terminate(name);

    /// <summary>Takes a name as bytes, without a terminating NUL.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> contains NUL.</exception>
    public OwnerName(ReadOnlySpan<byte> name) => _terminated = ByteText.Terminate(name);

    /// <summary>The name without a terminating NUL.</summary>
    public ReadOnlySpan<byte> Bytes => (_terminated ?? [0]).AsSpan()[..^1];

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other name.</param>
    public static bool operator ==(OwnerName left, OwnerName right) => left.Equals(right);

    /// <summary>Compares byte for byte.</summary>
    /// <param name="left">One name.</param>
    /// <param name="right">The other name.</param>
    public static bool operator !=(OwnerName left, OwnerName right) => !left.Equals(right);

    /// <summary>Takes a name as text, encoded as UTF-8.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> contains NUL.</exception>
    public static implicit operator OwnerName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new OwnerName(name);
    }

    /// <inheritdoc/>
    public bool Equals(OwnerName other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is OwnerName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ByteText.Hash(Bytes);

    /// <summary>The name as text, for people: bytes that are not UTF-8 become U+FFFD.</summary>
    /// <returns>The decoded name.</returns>
    public override string ToString() => ByteText.Decode(Bytes);
}
