namespace VirtLock.Locking;

/// <summary>Whom a lease belongs to. The pid alone decides that; the rest is for people.</summary>
/// <param name="Pid">The owner's process: two owners with one pid are the same owner.</param>
/// <param name="Name">What the owner is called, for libvirt the domain's name.</param>
/// <param name="DomainId">libvirt's number for the domain; identifies nothing, as it starts anew with libvirtd.</param>
/// <param name="Uuid">The domain's UUID, in the byte order of RFC 4122.</param>
public sealed record Owner(ProcessId Pid, OwnerName Name, uint DomainId, Guid Uuid)
{
    /// <summary>When the process started, in the daemon's measure: tells it from a later one of its pid; 0 when not known.</summary>
    internal ulong ProcessStart { get; init; }

    /// <summary>An owner of which only the pid is known, as in libvirt's snapshot.</summary>
    internal static Owner OfPid(ProcessId pid) => new(pid, default, 0, Guid.Empty);
}
