namespace VirtLock.Client;

/// <summary>A connection that ended without having been disposed.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Leases">
/// What was acquired through it: each counts as lost. If this process owns them, they are gone, and the daemon may be about to end the
/// process. If another process does, the daemon holds them unless it died itself; <see cref="LockClient.ReleaseAsync"/> gives them up.
/// </param>
public sealed record ConnectionLoss(LockConnectionException Reason, IReadOnlyList<ILease> Leases);
