namespace VirtLock.Protocol;

/// <summary>Program numbers, versions, sizes and limits of the wire format, as libvirt 9.0.0 has them. Sizes are in bytes.</summary>
public static class ProtocolConstants
{
    /// <summary>Program number of the lock protocol, served on the lock socket.</summary>
    public const uint LockProgram = 0x0EA7BEEF;

    /// <summary>The one version of the lock protocol.</summary>
    public const uint LockVersion = 1;

    /// <summary>Program number of the admin protocol, served on the admin socket.</summary>
    public const uint AdminProgram = 0x06900690;

    /// <summary>The one version of the admin protocol.</summary>
    public const uint AdminVersion = 1;

    /// <summary>Program number of the keepalive protocol ("keep" in ASCII), served on both sockets.</summary>
    public const uint KeepaliveProgram = 0x6B656570;

    /// <summary>The one version of the keepalive protocol.</summary>
    public const uint KeepaliveVersion = 1;

    /// <summary>The length word in front of every frame. Its value counts itself.</summary>
    public const int LengthWordSize = 4;

    /// <summary>The packet header, without the length word: six words.</summary>
    public const int HeaderSize = 24;

    /// <summary>A frame without a body, which is also what every lock procedure answers on success.</summary>
    public const int MinimumFrameLength = LengthWordSize + HeaderSize;

    /// <summary>The largest length word a peer accepts: 32 MiB and the word itself.</summary>
    public const int MaximumFrameLength = (32 * 1024 * 1024) + LengthWordSize;

    /// <summary>The largest body: what the header leaves of the largest frame.</summary>
    public const int MaximumBodyLength = MaximumFrameLength - MinimumFrameLength;

    /// <summary>The largest body that very old libvirt peers accept. VirtLock's error bodies stay within it.</summary>
    public const int MaximumBodyLengthOfOldPeers = 262_120;

    /// <summary>The longest string in the arguments of a lock procedure.</summary>
    public const int MaximumLockStringLength = 65_536;

    /// <summary>
    /// The longest frame of a lock call that any procedure reads to its end: a number of descriptors, two strings and flags, those of
    /// ACQUIRE_RESOURCE.
    /// </summary>
    internal const int LongestLockCall = MinimumFrameLength + sizeof(uint) + (2 * (sizeof(uint) + MaximumLockStringLength)) + sizeof(uint);

    /// <summary>The longest string in an admin message or in an error body.</summary>
    public const int MaximumAdminStringLength = 4_194_304;

    /// <summary>
    /// The longest text VirtLock puts into an error body; a longer one is cut. An error has four texts, so the body stays
    /// within <see cref="MaximumBodyLengthOfOldPeers"/> whatever path a client sent.
    /// </summary>
    public const int MaximumErrorTextLength = 65_000;

    /// <summary>The most file descriptors that one message may announce.</summary>
    public const int MaximumDescriptors = 32;

    /// <summary>A UUID: 16 raw bytes.</summary>
    public const int UuidSize = 16;
}
