using VirtLock.Locking;

namespace VirtLock;

internal sealed class ProcessLockSpace(ProcessLocks locks, LockSpace space) : ILockSpace
{
    /// <inheritdoc/>
    public FilePath? Directory => space.Directory;

    /// <inheritdoc/>
    public ILease? TryAcquire(ResourceName name, LockMode mode, TimeSpan wait, bool autocreate, CancellationToken cancellation) =>
        Completed(TryAcquire(new LeaseRequest(name, mode, wait, autocreate), blocking: true, cancellation));

    /// <inheritdoc/>
    public ILease Acquire(ResourceName name, LockMode mode, TimeSpan wait, bool autocreate, CancellationToken cancellation) =>
        Completed(Acquire(new LeaseRequest(name, mode, wait, autocreate), blocking: true, cancellation));

    /// <inheritdoc/>
    public ValueTask<ILease?> TryAcquireAsync(
        ResourceName name, LockMode mode, TimeSpan wait, bool autocreate, CancellationToken cancellation) =>
        TryAcquire(new LeaseRequest(name, mode, wait, autocreate), blocking: false, cancellation);

    /// <inheritdoc/>
    public ValueTask<ILease> AcquireAsync(
        ResourceName name, LockMode mode, TimeSpan wait, bool autocreate, CancellationToken cancellation) =>
        Acquire(new LeaseRequest(name, mode, wait, autocreate), blocking: false, cancellation);

    /// <inheritdoc/>
    public LockHolder? FindHolder(ResourceName name)
    {
        Check(name);
        return locks.FindHolder(space, name);
    }

    /// <inheritdoc/>
    public void CreateResource(ResourceName name)
    {
        Check(name);
        locks.OnFile(name, () => space.CreateResource(name.Bytes));
    }

    /// <inheritdoc/>
    public void DeleteResource(ResourceName name)
    {
        Check(name);
        locks.OnFile(name, () => space.DeleteResource(name.Bytes));
    }

    /// <summary>A blocking call runs to its end on the caller's thread: there is nothing to wait for here.</summary>
    private static T Completed<T>(ValueTask<T> task) => task.GetAwaiter().GetResult();

    private async ValueTask<ILease?> TryAcquire(LeaseRequest request, bool blocking, CancellationToken cancellation)
    {
        Check(request);
        return (await locks.AcquireAsync(space, request, blocking, cancellation).ConfigureAwait(false)).Lease;
    }

    private async ValueTask<ILease> Acquire(LeaseRequest request, bool blocking, CancellationToken cancellation)
    {
        Check(request);
        (ProcessLease? lease, LockHolder? holder) = await locks.AcquireAsync(space, request, blocking, cancellation).ConfigureAwait(false);
        return lease ?? throw new ResourceBusyException(request.Name, holder ?? locks.FindForeignHolder(space, request.Name));
    }

    private void Check(LeaseRequest request)
    {
        Check(request.Name);
        request.RequireModeAndWait();
    }

    /// <summary>A relative path in the default space would mean what the working directory happens to be.</summary>
    private void Check(ResourceName name)
    {
        if (name.Bytes.IsEmpty)
        {
            throw new ArgumentException("A resource needs a name.", nameof(name));
        }

        if (space.Directory is null ? name.Bytes[0] != '/' : !space.IsAllowed(name.Bytes))
        {
            throw new ArgumentException(
                space.Directory is null
                    ? $"In the default lock space a name is an absolute path, not '{name}'."
                    : $"In a directory lock space a name leads to a file below the directory, unlike '{name}'.",
                nameof(name));
        }
    }
}
