namespace VirtLock.Locking;

/// <summary>A resource that at least one owner holds: a name in a lock space, and the locked file behind it.</summary>
internal sealed class Resource(LockSpace space, ResourceName name, FilePath path, LockMode mode, bool isAutocreated, HeldFile file)
{
    private Lease? _last;

    internal LockSpace Space { get; } = space;

    internal ResourceName Name { get; } = name;

    internal FilePath Path { get; } = path;

    /// <summary>As first acquired; further shared owners change neither this nor <see cref="IsAutocreated"/>.</summary>
    internal LockMode Mode { get; } = mode;

    internal bool IsAutocreated { get; } = isAutocreated;

    internal HeldFile File { get; } = file;

    /// <summary>Another resource whose name leads to the same file; only shared resources can be.</summary>
    internal Resource? NextAlias { get; set; }

    /// <summary>Set once the kernel no longer holds the lock: nobody may join, and the file is no longer ours to remove.</summary>
    internal bool IsLost { get; set; }

    internal Lease? FirstLease { get; private set; }

    internal bool IsHeld => FirstLease is not null;

    internal IEnumerable<Lease> Leases
    {
        get
        {
            for (Lease? lease = FirstLease; lease is not null; lease = lease.NextOnResource)
            {
                yield return lease;
            }
        }
    }

    /// <summary>The owner's oldest lease on this resource.</summary>
    internal Lease? LeaseOf(ProcessId pid)
    {
        Lease? lease = FirstLease;
        while (lease is not null && lease.Owner.Pid != pid)
        {
            lease = lease.NextOnResource;
        }

        return lease;
    }

    internal void Append(Lease lease)
    {
        lease.PreviousOnResource = _last;
        if (_last is null)
        {
            FirstLease = lease;
        }
        else
        {
            _last.NextOnResource = lease;
        }

        _last = lease;
    }

    internal void Remove(Lease lease)
    {
        if (lease.PreviousOnResource is null)
        {
            FirstLease = lease.NextOnResource;
        }
        else
        {
            lease.PreviousOnResource.NextOnResource = lease.NextOnResource;
        }

        if (lease.NextOnResource is null)
        {
            _last = lease.PreviousOnResource;
        }
        else
        {
            lease.NextOnResource.PreviousOnResource = lease.PreviousOnResource;
        }
    }
}
