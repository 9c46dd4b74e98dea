using VirtLock.Locking;

namespace VirtLock;

/// <summary>A lease as it stood when it was asked for: a value that does not change with the lease.</summary>
/// <param name="Directory">The directory of the lock space; null for the default one.</param>
/// <param name="Name">The resource.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Mode">Exclusive or shared.</param>
/// <param name="AcquiredAt">When it was granted, in UTC.</param>
/// <param name="IsLost">Whether the lock behind it is known to be gone.</param>
public sealed record LeaseInfo(
    FilePath? Directory, ResourceName Name, Owner Owner, LockMode Mode, DateTimeOffset AcquiredAt, bool IsLost)
{
    internal static LeaseInfo Of(Lease lease) => new(
        lease.Resource.Space.Directory, lease.Resource.Name, lease.Owner, lease.Resource.Mode, lease.AcquiredAt, lease.Resource.IsLost);
}
