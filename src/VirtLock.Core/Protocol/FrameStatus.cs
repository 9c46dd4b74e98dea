namespace VirtLock.Protocol;

/// <summary>What <see cref="PacketFramer"/> found at the front of the received bytes.</summary>
public enum FrameStatus
{
    /// <summary>The frame is not all there yet.</summary>
    Incomplete,

    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>No frame can begin like this: the connection has to be closed, without an answer.</summary>
    Malformed,
}
