using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>An owner's hold on a resource.</summary>
/// <param name="Owner">Known by its pid alone when libvirt's daemon wrote the snapshot and none of its clients registered that pid.</param>
/// <param name="AcquiredAt">Kept in milliseconds; null when libvirt's daemon wrote the snapshot.</param>
internal readonly record struct LeaseSnapshot(Owner Owner, DateTimeOffset? AcquiredAt);
