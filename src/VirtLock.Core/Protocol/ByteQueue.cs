using System.Buffers;

namespace VirtLock.Protocol;

/// <summary>
/// A growable queue of bytes between a socket and the codec: written at the end through <see cref="IBufferWriter{T}"/>, read at the front
/// through <see cref="Unread"/> and <see cref="Consume"/>. It holds no memory until first written to, doubles as bytes arrive, and
/// gives up a buffer above <see cref="RetainedCapacity"/> when it is emptied. Not safe for use by several threads.
/// </summary>
/// <remarks>Spans and memory handed out are good until the next call that writes, consumes or clears.</remarks>
internal sealed class ByteQueue : IBufferWriter<byte>
{
    /// <summary>The largest buffer, in bytes, that an empty queue keeps for the next message.</summary>
    public const int RetainedCapacity = 16 * 1024;

    private const int InitialCapacity = 512;
    private const int SmallestSpan = 256;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="maximumCount">
    /// The most bytes it may hold; asking for room beyond throws. The default is the largest array. Whoever reads from a peer passes what a
    /// peer may make it hold.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not positive, or beyond the largest array.</exception>
    public ByteQueue(int maximumCount = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumCount);
        MaximumCount = Math.Min(maximumCount, Array.MaxLength);
    }

    /// <summary>The most bytes the queue may hold.</summary>
    public int MaximumCount { get; }

    /// <summary>How many bytes are in the queue.</summary>
    public int Count => _end - _start;

    /// <summary>How many bytes of memory the queue holds on to.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>All bytes in the queue, oldest first.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, Count);

    /// <summary>Appends <paramref name="count"/> bytes that were put into the span or memory handed out last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or beyond what was handed out.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <summary>Room for at least <paramref name="sizeHint"/> more bytes; with 0, for at least one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The hint is negative.</exception>
    /// <exception cref="InvalidOperationException">The queue would hold more than <see cref="MaximumCount"/> bytes.</exception>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_end);
    }

    /// <inheritdoc cref="GetSpan"/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_end);
    }

    /// <summary>Drops the oldest <paramref name="count"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or greater than <see cref="Count"/>.</exception>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        _start += count;
        if (_start == _end)
        {
            Clear();
        }
    }

    /// <summary>Drops the newest bytes beyond <paramref name="count"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or greater than <see cref="Count"/>.</exception>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        _end = _start + count;
    }

    /// <summary>The oldest bytes, to be changed where they are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or greater than <see cref="Count"/>.</exception>
    public Span<byte> Front(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        return _buffer.AsSpan(_start, count);
    }

    /// <summary>Drops all bytes.</summary>
    public void Clear()
    {
        _start = 0;
        _end = 0;
        if (_buffer.Length > RetainedCapacity)
        {
            _buffer = [];
        }
    }

    private void Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        int allowed = MaximumCount - Count;
        if (Math.Max(sizeHint, 1) > allowed)
        {
            throw new InvalidOperationException($"The queue holds {Count} of at most {MaximumCount} bytes; no room for {sizeHint} more.");
        }

        MakeRoom(sizeHint == 0 ? Math.Min(SmallestSpan, allowed) : sizeHint);
    }

    private void MakeRoom(int size)
    {
        if (_buffer.Length - _end >= size)
        {
            return;
        }

        // Moving pays for itself only when what has been consumed outweighs what must be moved; otherwise a queue that is
        // nearly full and drained by small steps would be copied again and again. At the maximum there is no other way.
        bool fits = _buffer.Length - Count >= size;
        if (fits && (_start >= Count || _buffer.Length >= MaximumCount))
        {
            Unread.CopyTo(_buffer);
        }
        else
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(CapacityFor(size));
            Unread.CopyTo(larger);
            _buffer = larger;
        }

        _end = Count;
        _start = 0;
    }

    private int CapacityFor(int size)
    {
        long doubled = Math.Max(InitialCapacity, 2L * _buffer.Length);
        return (int)Math.Min(Math.Max(doubled, (long)Count + size), MaximumCount);
    }
}
