namespace VirtLock.Daemon.Listening;

/// <summary>How many clients a server takes at once.</summary>
/// <param name="MaximumClients">All clients. Reached, the server stops accepting: further clients wait in the backlog.</param>
/// <param name="MaximumAnonymousClients">
/// Those not yet authenticated. There is no authentication on these sockets, so none ever counts.
/// </param>
internal readonly record struct ServerLimits(uint MaximumClients, uint MaximumAnonymousClients);
