namespace VirtLock.Locking;

/// <summary>
/// An owner's hold on a resource. A link in two lists, so that letting go costs the same however many leases others have: those on its
/// resource, in the order in which they were acquired, and those of its owner.
/// </summary>
internal sealed class Lease(Resource resource, Owner owner, DateTimeOffset acquiredAt)
{
    internal Resource Resource { get; } = resource;

    internal Owner Owner { get; } = owner;

    internal DateTimeOffset AcquiredAt { get; } = acquiredAt;

    internal Lease? PreviousOnResource { get; set; }

    internal Lease? NextOnResource { get; set; }

    internal Lease? PreviousOfOwner { get; set; }

    internal Lease? NextOfOwner { get; set; }
}
