using System.Runtime.InteropServices;

namespace VirtLock.Locking;

/// <summary>
/// All lock spaces of a daemon or process, with every index the work needs: by name, by owner, by file. Belongs to one thread; between two
/// calls its state is consistent.
/// </summary>
internal sealed class LockTable
{
    private readonly TimeProvider _time;
    private readonly Dictionary<FilePath, LockSpace> _directories = new(ByteTextComparer<FilePath>.Instance);
    private readonly Dictionary<FilePath, LockSpace>.AlternateLookup<ReadOnlySpan<byte>> _byPath;
    private readonly Dictionary<ProcessId, Lease> _byOwner = [];
    private readonly Dictionary<FileIdentity, Resource> _byIdentity = [];

    internal LockTable(ILockDriver driver, TimeProvider time)
    {
        Driver = driver;
        _time = time;
        _byPath = _directories.GetAlternateLookup<ReadOnlySpan<byte>>();
        Default = new LockSpace(this, directory: null);
    }

    /// <summary>Everything that happens to leases, from one place: logs, metrics and embedders listen here.</summary>
    internal event Action<LockEvent>? Happened;

    internal ILockDriver Driver { get; }

    /// <summary>The space in which names are paths.</summary>
    internal LockSpace Default { get; }

    internal IReadOnlyCollection<LockSpace> Directories => _directories.Values;

    internal int LeaseCount { get; private set; }

    /// <summary>Finds a space by what clients call it: nothing for the default one, else the exact path of its directory.</summary>
    internal LockSpace? Find(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return Default;
        }

        return _byPath.TryGetValue(path, out LockSpace? space) ? space : null;
    }

    /// <summary>Opens the directory space of a path that has none yet, creating the directory if it is missing.</summary>
    internal DirectoryAttempt Create(FilePath directory)
    {
        DirectoryAttempt attempt = Driver.EnsureDirectory(directory);
        if (attempt.IsDirectory)
        {
            AddDirectory(directory);
        }

        return attempt;
    }

    /// <summary>Opens the directory space of a path without looking at the directory: it was there when the snapshot was made.</summary>
    internal LockSpace AddDirectory(FilePath directory)
    {
        var space = new LockSpace(this, directory);
        _directories.Add(directory, space);
        return space;
    }

    internal bool HasLeases(ProcessId owner) => _byOwner.ContainsKey(owner);

    /// <summary>Gives up every lease of an owner, at the cost of what it holds.</summary>
    internal int ReleaseAll(ProcessId owner)
    {
        int released = 0;
        while (_byOwner.TryGetValue(owner, out Lease? lease))
        {
            Release(lease);
            released++;
        }

        return released;
    }

    /// <summary>
    /// Gives up every lease on a file that was made for its leases, so that no such file outlives the daemon that is about to end.
    /// </summary>
    internal void ReleaseAutocreated()
    {
        foreach (LockSpace space in _directories.Values.Append(Default))
        {
            foreach (Resource resource in space.Resources.Where(static resource => resource.IsAutocreated).ToArray())
            {
                while (resource.FirstLease is { } lease)
                {
                    Release(lease);
                }
            }
        }
    }

    /// <summary>Gives up those leases of a pid whose owner is meant, as its processes may be several, one after the other.</summary>
    internal int ReleaseAll(ProcessId owner, Predicate<Owner> isMeant)
    {
        int released = 0;
        Lease? next;
        for (Lease? lease = _byOwner.GetValueOrDefault(owner); lease is not null; lease = next)
        {
            next = lease.NextOfOwner;
            if (isMeant(lease.Owner))
            {
                Release(lease);
                released++;
            }
        }

        return released;
    }

    internal void Release(Lease lease)
    {
        Resource resource = lease.Resource;
        Unlink(lease);
        SystemError? error = null;
        if (!resource.IsHeld)
        {
            resource.Space.Remove(resource);
            error = Driver.Release(resource.File, resource.Path, resource.Mode, resource.IsAutocreated && !resource.IsLost);
        }

        Raise(new LockEvent(LockEventKind.Released, resource.Space.Directory, resource.Name, lease.Owner, resource.Mode, error));
    }

    /// <summary>
    /// Notes that the lock behind a resource is gone. Its leases stay until their owners give them up, and keep others in this process out.
    /// </summary>
    internal void MarkLost(Resource resource)
    {
        resource.IsLost = true;
        foreach (Lease lease in resource.Leases)
        {
            Raise(LockEventKind.Lost, resource, lease.Owner);
        }
    }

    internal Lease AddLease(Resource resource, Owner owner)
    {
        Lease lease = AddLease(resource, owner, _time.GetUtcNow());
        Raise(LockEventKind.Granted, resource, owner);
        return lease;
    }

    /// <summary>Adds a lease that was granted earlier, by the predecessor.</summary>
    internal Lease AddLease(Resource resource, Owner owner, DateTimeOffset acquiredAt)
    {
        var lease = new Lease(resource, owner, acquiredAt);
        resource.Append(lease);
        ref Lease? first = ref CollectionsMarshal.GetValueRefOrAddDefault(_byOwner, owner.Pid, out _);
        lease.NextOfOwner = first;
        if (first is not null)
        {
            first.PreviousOfOwner = lease;
        }

        first = lease;
        LeaseCount++;
        return lease;
    }

    /// <summary>One of the resources that hold this very file, whatever their names.</summary>
    internal Resource? FindByIdentity(FileIdentity identity) =>
        _byIdentity.TryGetValue(identity, out Resource? resource) ? resource : null;

    internal void IndexIdentity(Resource resource)
    {
        ref Resource? first = ref CollectionsMarshal.GetValueRefOrAddDefault(_byIdentity, resource.File.Identity, out _);
        resource.NextAlias = first;
        first = resource;
    }

    internal void UnindexIdentity(Resource resource)
    {
        Resource first = _byIdentity[resource.File.Identity];
        if (first == resource)
        {
            if (resource.NextAlias is { } next)
            {
                _byIdentity[resource.File.Identity] = next;
            }
            else
            {
                _byIdentity.Remove(resource.File.Identity);
            }

            return;
        }

        while (first.NextAlias != resource)
        {
            first = first.NextAlias!;
        }

        first.NextAlias = resource.NextAlias;
    }

    internal void Raise(LockEventKind kind, Resource resource, Owner owner) =>
        Raise(new LockEvent(kind, resource.Space.Directory, resource.Name, owner, resource.Mode, null));

    internal void Raise(in LockEvent happened) => Happened?.Invoke(happened);

    private void Unlink(Lease lease)
    {
        lease.Resource.Remove(lease);
        if (lease.NextOfOwner is { } next)
        {
            next.PreviousOfOwner = lease.PreviousOfOwner;
        }

        if (lease.PreviousOfOwner is { } previous)
        {
            previous.NextOfOwner = lease.NextOfOwner;
        }
        else if (lease.NextOfOwner is { } newFirst)
        {
            _byOwner[lease.Owner.Pid] = newFirst;
        }
        else
        {
            _byOwner.Remove(lease.Owner.Pid);
        }

        LeaseCount--;
    }
}
