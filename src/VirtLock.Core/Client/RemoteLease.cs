using VirtLock.Locking;

namespace VirtLock.Client;

/// <summary>A lease at a daemon, tied to the connection that acquired it.</summary>
internal sealed class RemoteLease(
    LockClient client, ClientConnection connection, FilePath? directory, ResourceName name, LockMode mode, DateTimeOffset acquiredAt)
    : ILease
{
    internal ClientConnection Connection { get; } = connection;

    internal LostSignal Lost { get; } = new();

    /// <inheritdoc/>
    public FilePath? Directory { get; } = directory;

    /// <inheritdoc/>
    public ResourceName Name { get; } = name;

    /// <inheritdoc/>
    public LockMode Mode { get; } = mode;

    /// <inheritdoc/>
    public LockKind? Kind => null;

    /// <inheritdoc/>
    public DateTimeOffset AcquiredAt { get; } = acquiredAt;

    /// <inheritdoc/>
    public CancellationToken LostToken => Lost.Token;

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(client.GiveUpAsync(this));
}
