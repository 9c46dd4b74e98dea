using VirtLock.Locking;

namespace VirtLock;

internal sealed class ProcessLease(ProcessLocks locks, Lease lease) : ILease
{
    internal LostSignal Lost { get; } = new();

    /// <inheritdoc/>
    public FilePath? Directory => lease.Resource.Space.Directory;

    /// <inheritdoc/>
    public ResourceName Name => lease.Resource.Name;

    /// <inheritdoc/>
    public LockMode Mode => lease.Resource.Mode;

    /// <inheritdoc/>
    public LockKind? Kind => lease.Resource.File.Kind;

    /// <inheritdoc/>
    public DateTimeOffset AcquiredAt => lease.AcquiredAt;

    /// <inheritdoc/>
    public CancellationToken LostToken => Lost.Token;

    /// <inheritdoc/>
    public void Dispose() => locks.Release(lease);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
