using System.Buffers.Binary;

namespace VirtLock.Protocol;

/// <summary>Finds packets in a stream of received bytes. It looks only, and allocates nothing: the bytes stay where they are.</summary>
public static class PacketFramer
{
    /// <summary>Looks for one whole frame at the front of what has been received.</summary>
    /// <param name="received">All bytes received and not yet consumed, from the first byte of a length word on.</param>
    /// <param name="header">The header, when the frame is complete.</param>
    /// <param name="body">The body, a window into <paramref name="received"/>, when the frame is complete.</param>
    /// <param name="consumed">How many bytes the complete frame takes, its length word included; otherwise 0.</param>
    public static FrameStatus TryRead(
        ReadOnlySpan<byte> received, out PacketHeader header, out ReadOnlySpan<byte> body, out int consumed)
    {
        header = default;
        body = default;
        consumed = 0;

        if (received.Length < ProtocolConstants.LengthWordSize)
        {
            return FrameStatus.Incomplete;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(received);
        if (length is <= ProtocolConstants.LengthWordSize or > ProtocolConstants.MaximumFrameLength)
        {
            return FrameStatus.Malformed;
        }

        if ((uint)received.Length < length)
        {
            return FrameStatus.Incomplete;
        }

        // libvirt finds a header that is cut short only when it comes to decode it, so once all claimed bytes are there.
        if (length < ProtocolConstants.MinimumFrameLength)
        {
            return FrameStatus.Malformed;
        }

        header = PacketHeader.Read(received[ProtocolConstants.LengthWordSize..]);
        body = received[ProtocolConstants.MinimumFrameLength..(int)length];
        consumed = (int)length;
        return FrameStatus.Complete;
    }

    /// <summary>
    /// What the length word at the front of <paramref name="received"/> says, or 0 while it is not there. It is a claim by
    /// the peer, good for sizing a read from bytes that exist, never for allocating: four bytes may claim 4 GiB.
    /// </summary>
    public static uint ClaimedLength(ReadOnlySpan<byte> received) =>
        BinaryPrimitives.TryReadUInt32BigEndian(received, out uint length) ? length : 0;

    /// <summary>
    /// Drops what has come of an incomplete frame beyond its longest part that anybody reads, and takes as much off its length word, so
    /// that the frame ends where its sender ends it. What no procedure reads is accepted, as in libvirt, and need not be kept.
    /// </summary>
    /// <param name="received">What has been received, from the length word of the incomplete frame on.</param>
    /// <param name="longest">How much of a frame is kept, its length word included.</param>
    internal static void DropSurplus(ByteQueue received, int longest)
    {
        uint length = ClaimedLength(received.Unread);
        int surplus = received.Count - longest;
        if (surplus > 0 && received.Count < length)
        {
            received.Truncate(longest);
            BinaryPrimitives.WriteUInt32BigEndian(received.Front(ProtocolConstants.LengthWordSize), length - (uint)surplus);
        }
    }

    /// <summary>
    /// Splits the body of a <see cref="MessageType.CallWithFds"/> into the number of descriptors that follow the frame and the arguments.
    /// </summary>
    /// <returns>
    /// <see langword="false"/> if the number is missing or above <see cref="ProtocolConstants.MaximumDescriptors"/>: the connection has
    /// to be closed, because the stream can no longer be followed.
    /// </returns>
    public static bool TryReadDescriptorCount(ReadOnlySpan<byte> body, out int count, out ReadOnlySpan<byte> arguments)
    {
        var reader = new XdrReader(body);
        if (!reader.TryReadUInt32(out uint announced) || announced > ProtocolConstants.MaximumDescriptors)
        {
            count = 0;
            arguments = default;
            return false;
        }

        count = (int)announced;
        arguments = reader.Unread;
        return true;
    }
}
