namespace VirtLock.Locking;

/// <summary>A name or path that dictionaries look up by bytes.</summary>
internal interface IByteText<TSelf>
    where TSelf : struct, IByteText<TSelf>
{
    ReadOnlySpan<byte> Bytes { get; }

    static abstract TSelf FromBytes(ReadOnlySpan<byte> bytes);
}

/// <summary>Finds names by the bytes of a packet, so that a lookup allocates nothing.</summary>
internal sealed class ByteTextComparer<T> : IEqualityComparer<T>, IAlternateEqualityComparer<ReadOnlySpan<byte>, T>
    where T : struct, IByteText<T>
{
    internal static readonly ByteTextComparer<T> Instance = new();

    public bool Equals(T x, T y) => x.Bytes.SequenceEqual(y.Bytes);

    public int GetHashCode(T obj) => ByteText.Hash(obj.Bytes);

    public T Create(ReadOnlySpan<byte> alternate) => T.FromBytes(alternate);

    public bool Equals(ReadOnlySpan<byte> alternate, T other) => alternate.SequenceEqual(other.Bytes);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => ByteText.Hash(alternate);
}
