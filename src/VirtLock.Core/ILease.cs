using VirtLock.Locking;

namespace VirtLock;

/// <summary>
/// A hold on a resource, of this process or, through <see cref="Client.LockClient"/>, at a daemon. Disposing gives it up; disposing again
/// does nothing. All members are safe on any thread: the one that disposes need not be the one that acquired.
/// </summary>
public interface ILease : IDisposable, IAsyncDisposable
{
    /// <summary>The directory of the lock space; null for the default one.</summary>
    FilePath? Directory { get; }

    /// <summary>The resource; in the default lock space the path of the file.</summary>
    ResourceName Name { get; }

    /// <summary>Exclusive or shared.</summary>
    LockMode Mode { get; }

    /// <summary>
    /// The kind of lock on the file: <see cref="LockKind.Posix"/> where asked for or where the file system refused the other. Null for a
    /// lease at a daemon, which does not say.
    /// </summary>
    LockKind? Kind { get; }

    /// <summary>When it was granted, in UTC.</summary>
    DateTimeOffset AcquiredAt { get; }

    /// <summary>
    /// Fires when the lock is known, or has to be feared, to be gone while the lease was not disposed: stop writing at once. Never fires
    /// because of disposing the lease. The token stays usable afterwards.
    /// </summary>
    CancellationToken LostToken { get; }
}
