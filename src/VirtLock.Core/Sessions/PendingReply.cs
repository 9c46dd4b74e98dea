using System.Buffers;
using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock.Sessions;

/// <summary>
/// The reply to a request that was attempted but can't be answered yet, because what it has to say takes longer to find out than the loop
/// may wait. The session waits for its host to complete it, and so do the client's next requests, which are the host's to keep; the loop
/// does not. The attempt is not made again, unless it was delayed.
/// </summary>
/// <param name="session">The conversation.</param>
/// <param name="call">The header of the request.</param>
/// <param name="file">The file that stood in the way.</param>
/// <param name="outcome">What came of the attempt, in the light of what was found out.</param>
internal sealed class PendingReply(Session session, PacketHeader call, FileIdentity file, Func<LockHolder?, RemoteError?> outcome)
{
    /// <summary>
    /// Whether the file could not be opened yet. The one reply whose attempt is made again: the host hands in the request anew after a
    /// while, and completes this one only when the client has waited long enough.
    /// </summary>
    internal bool IsDelayed { get; init; }

    /// <summary>The number of the request.</summary>
    internal uint Serial => call.Serial;

    /// <summary>What the host has to find out, off the loop: which process holds this file.</summary>
    internal FileIdentity File { get; } = file;

    /// <summary>Writes the reply; the host then goes on with the client's next request.</summary>
    /// <param name="holder">Who holds the file; null when no process of this host does.</param>
    /// <param name="output">Where the reply goes.</param>
    internal void Complete(LockHolder? holder, IBufferWriter<byte> output) => session.Answer(call, outcome(holder), output);
}
