using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A connected client, and how far its conversation has come.</summary>
internal sealed record ClientSnapshot
{
    /// <summary>Unique in its server.</summary>
    internal required ulong Id { get; init; }

    /// <summary>The connected socket.</summary>
    internal required int Descriptor { get; init; }

    /// <summary>Kept in whole seconds.</summary>
    internal required DateTimeOffset ConnectedAt { get; init; }

    internal bool IsRestricted { get; init; }

    /// <summary>Whom the client registered; null before it did, and for clients of the admin server.</summary>
    internal Owner? Owner { get; init; }

    /// <summary>The pidfd of the peer's process where the socket does not keep it; -1 else.</summary>
    internal int PeerDescriptor { get; init; } = -1;

    /// <summary>What was received and not yet dealt with.</summary>
    internal ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Replies, or what is left of one, that the socket had no room for.</summary>
    internal ReadOnlyMemory<byte> Output { get; init; }
}
