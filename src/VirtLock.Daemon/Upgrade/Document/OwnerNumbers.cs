using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Numbers the owners of a snapshot's leases, each once however many leases it has, so that leases can refer to them by number.
/// </summary>
internal sealed class OwnerNumbers
{
    private readonly Dictionary<Owner, int> _numbers = [];
    private readonly List<Owner> _owners = [];
    private int _last;

    internal OwnerNumbers(Snapshot snapshot)
    {
        Add(snapshot.Default);
        foreach (LockSpaceSnapshot space in snapshot.Directories)
        {
            Add(space);
        }
    }

    /// <summary>In the order of their numbers.</summary>
    internal IReadOnlyList<Owner> All => _owners;

    internal int NumberOf(Owner owner)
    {
        // An owner's leases tend to stand together, and to share one instance.
        if (!ReferenceEquals(_owners[_last], owner))
        {
            _last = _numbers[owner];
        }

        return _last;
    }

    private void Add(LockSpaceSnapshot space)
    {
        Owner? last = null;
        foreach (ResourceSnapshot resource in space.Resources)
        {
            foreach (LeaseSnapshot lease in resource.Leases)
            {
                if (!ReferenceEquals(last, lease.Owner) && _numbers.TryAdd(lease.Owner, _owners.Count))
                {
                    _owners.Add(lease.Owner);
                }

                last = lease.Owner;
            }
        }
    }
}
