namespace VirtLock.Locking;

/// <summary>
/// A set of resources by name. In the default space a name is the path of the file to lock; in a directory space it is a file below the
/// directory, and stays there.
/// </summary>
internal sealed class LockSpace
{
    private readonly LockTable _table;
    private readonly Dictionary<ResourceName, Resource> _resources = new(ByteTextComparer<ResourceName>.Instance);
    private readonly Dictionary<ResourceName, Resource>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    internal LockSpace(LockTable table, FilePath? directory)
    {
        _table = table;
        _byName = _resources.GetAlternateLookup<ReadOnlySpan<byte>>();
        Directory = directory;
    }

    /// <summary>Null in the default space.</summary>
    internal FilePath? Directory { get; }

    internal IReadOnlyCollection<Resource> Resources => _resources.Values;

    internal Resource? Find(ReadOnlySpan<byte> name) => _byName.TryGetValue(name, out Resource? resource) ? resource : null;

    /// <summary>Takes a lease, without waiting. A shared resource takes further shared owners, the same one as often as it asks.</summary>
    /// <param name="name">The resource.</param>
    /// <param name="owner">Whose lease it is to be.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <param name="autocreate">Whether a missing file is created, and removed with the last lease.</param>
    /// <param name="isRetry">Whether this very request was refused before, and told of: a wait counts as one refusal.</param>
    internal LockOutcome Acquire(ReadOnlySpan<byte> name, Owner owner, LockMode mode, bool autocreate, bool isRetry = false)
    {
        if (Find(name) is { } held)
        {
            // Once the name leads to another file, the lock on the old one keeps nobody from that.
            if (mode == LockMode.Shared && held is { Mode: LockMode.Shared, IsLost: false }
                && _table.Driver.IsNamed(held.File, held.Path))
            {
                return LockOutcome.Granted(_table.AddLease(held, owner));
            }

            return isRetry ? LockOutcome.HeldBy(held) : Refuse(LockOutcome.HeldBy(held), held.Name, owner, held.Mode);
        }

        if (!IsAllowed(name))
        {
            return LockOutcome.NameRefused;
        }

        var resourceName = new ResourceName(name);
        FilePath path = PathOf(resourceName);
        LockAttempt attempt = _table.Driver.TryLock(path, mode, autocreate);
        if (attempt.Error is { } error)
        {
            return attempt.IsDelayed ? LockOutcome.Delayed(error) : LockOutcome.Failed(error);
        }

        if (attempt.IsGranted)
        {
            var resource = new Resource(this, resourceName, path, mode, autocreate, attempt.File);
            Add(resource);
            return LockOutcome.Granted(_table.AddLease(resource, owner));
        }

        LockOutcome busy = _table.FindByIdentity(attempt.Identity) is { } alias
            ? LockOutcome.HeldBy(alias)
            : LockOutcome.HeldElsewhere(attempt.Identity);
        return isRetry ? busy : Refuse(busy, resourceName, owner, mode);
    }

    /// <summary>Gives up the owner's oldest lease on a resource; the last one lets the file go.</summary>
    internal ReleaseStatus Release(ReadOnlySpan<byte> name, ProcessId owner)
    {
        if (Find(name) is not { } resource)
        {
            return ReleaseStatus.NotHeld;
        }

        if (resource.LeaseOf(owner) is not { } lease)
        {
            return ReleaseStatus.NotOwner;
        }

        _table.Release(lease);
        return ReleaseStatus.Released;
    }

    /// <summary>Creates the file behind a name that nobody holds; an existing one is left as it is.</summary>
    internal LockOutcome CreateResource(ReadOnlySpan<byte> name) => OnUnheldFile(name, static (driver, path) => driver.CreateFile(path));

    /// <summary>
    /// Removes the file behind a name that nobody holds, nor the file by another name; a missing one is no failure.
    /// </summary>
    internal LockOutcome DeleteResource(ReadOnlySpan<byte> name) => OnUnheldFile(
        name, static (driver, path) => driver.DeleteFile(path), isRemoved: true);

    /// <summary>The file behind a name.</summary>
    internal FilePath PathOf(ResourceName name) => Directory is { } directory ? directory.Append(name) : name.AsPath();

    internal void Add(Resource resource)
    {
        _resources.Add(resource.Name, resource);
        _table.IndexIdentity(resource);
    }

    internal void Remove(Resource resource)
    {
        _resources.Remove(resource.Name);
        _table.UnindexIdentity(resource);
    }

    private LockOutcome Refuse(in LockOutcome busy, ResourceName name, Owner owner, LockMode mode)
    {
        _table.Raise(new LockEvent(LockEventKind.Refused, Directory, name, owner, mode, null));
        return busy;
    }

    private LockOutcome OnUnheldFile(
        ReadOnlySpan<byte> name, Func<ILockDriver, FilePath, SystemError?> action, bool isRemoved = false)
    {
        if (Find(name) is { } held)
        {
            return LockOutcome.HeldBy(held);
        }

        if (!IsAllowed(name))
        {
            return LockOutcome.NameRefused;
        }

        FilePath path = PathOf(new ResourceName(name));
        if (isRemoved && _table.Driver.Identify(path) is { } file && _table.FindByIdentity(file) is { } alias)
        {
            return LockOutcome.HeldBy(alias);
        }

        return action(_table.Driver, path) is { } error ? LockOutcome.Failed(error) : LockOutcome.Granted();
    }

    /// <summary>
    /// Whether the name can be a file of this space: a NUL would end it early, and in a directory space an absolute name or one with
    /// <c>..</c> would lead out of the directory.
    /// </summary>
    internal bool IsAllowed(ReadOnlySpan<byte> name)
    {
        if (name.Contains((byte)0))
        {
            return false;
        }

        if (Directory is null)
        {
            return true;
        }

        if (name.StartsWith("/"u8))
        {
            return false;
        }

        foreach (Range component in name.Split((byte)'/'))
        {
            if (name[component].SequenceEqual(".."u8))
            {
                return false;
            }
        }

        return true;
    }
}
