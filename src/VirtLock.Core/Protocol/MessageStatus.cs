namespace VirtLock.Protocol;

/// <summary>The status word of a packet header. The decoder does not check the range.</summary>
public enum MessageStatus
{
    /// <summary>Every request, and the answer of one that succeeded.</summary>
    Ok = 0,

    /// <summary>An answer whose body is a <see cref="RemoteError"/>.</summary>
    Error = 1,

    /// <summary>More of a data stream follows.</summary>
    Continue = 2,
}
