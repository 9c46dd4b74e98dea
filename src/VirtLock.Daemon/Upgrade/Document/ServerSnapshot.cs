namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>One of the daemon's servers with its sockets.</summary>
internal sealed record ServerSnapshot
{
    /// <summary>What libvirt calls the server of the lock protocol.</summary>
    internal const string LockServer = "virtlockd";

    /// <summary>What libvirt calls the server of the admin protocol.</summary>
    internal const string AdminServer = "admin";

    internal required string Name { get; init; }

    /// <summary>The limits go with the snapshot: a changed configuration is not looked at.</summary>
    internal required uint MaximumClients { get; init; }

    /// <summary>Never above <see cref="MaximumClients"/>.</summary>
    internal required uint MaximumAnonymousClients { get; init; }

    internal required ulong NextClientId { get; init; }

    internal required IReadOnlyList<ListenerSnapshot> Listeners { get; init; }

    internal required IReadOnlyList<ClientSnapshot> Clients { get; init; }
}
