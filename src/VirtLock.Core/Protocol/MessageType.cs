namespace VirtLock.Protocol;

/// <summary>
/// What kind of message a packet is. The decoder does not check the range: a value without a name is dropped by the server.
/// </summary>
public enum MessageType
{
    /// <summary>A request, always answered.</summary>
    Call = 0,

    /// <summary>The answer to a request.</summary>
    Reply = 1,

    /// <summary>An event. Only the keepalive program has any.</summary>
    Message = 2,

    /// <summary>A piece of a data stream. None of the programs served here has streams.</summary>
    Stream = 3,

    /// <summary>A request whose file descriptors follow the frame; the body begins with their number.</summary>
    CallWithFds = 4,

    /// <summary>An answer with file descriptors. No procedure served here returns any.</summary>
    ReplyWithFds = 5,

    /// <summary>A gap in a data stream.</summary>
    StreamHole = 6,
}
