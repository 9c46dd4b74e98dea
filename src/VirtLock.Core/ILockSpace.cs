using VirtLock.Locking;

namespace VirtLock;

/// <summary>
/// A set of resources that this process locks: in the default space a name is the absolute path of the file itself, in a directory space
/// the name of a file below the directory. All members are safe on any thread, event handlers included.
/// </summary>
/// <remarks>
/// The same process gets no second exclusive lease on a resource, whichever thread asks and by whatever path the file is named (symbolic or
/// hard links included). Waiting for a holder in this process ends as soon as it lets go; a foreign one is looked for again at growing
/// intervals (<see cref="VirtLockOptions.LongestRetryInterval"/>), because the kernel's own wait can't be cancelled.
/// </remarks>
public interface ILockSpace
{
    /// <summary>The directory; null for the default space.</summary>
    FilePath? Directory { get; }

    /// <summary>Takes a lease, or says that somebody else holds the resource.</summary>
    /// <param name="name">The resource.</param>
    /// <param name="mode">Alone, or together with other shared holders.</param>
    /// <param name="wait">How long to wait for the holder: zero not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever. Blocks the
    /// thread.</param>
    /// <param name="autocreate">Whether to create the file (mode 0600) when it is missing and remove it with the last lease, as libvirt
    /// does in directory spaces.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The lease, or null if the resource was busy to the end.</returns>
    /// <exception cref="ArgumentException">The name is empty; in the default space, not absolute; in a directory space, absolute or with
    /// <c>..</c> in it. Nothing was tried.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The wait is negative and not infinite, or beyond <see cref="int.MaxValue"/>
    /// milliseconds, or the mode is no mode.</exception>
    /// <exception cref="LockRefusedException">A system call failed (libvirt's code 38): for example ENOENT, the file is missing; EACCES;
    /// EISDIR; EMFILE.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; no lease is left behind.</exception>
    /// <exception cref="ObjectDisposedException">The <see cref="ProcessLocks"/> were disposed, before the call or while it
    /// waited.</exception>
    ILease? TryAcquire(
        ResourceName name,
        LockMode mode = LockMode.Exclusive,
        TimeSpan wait = default,
        bool autocreate = false,
        CancellationToken cancellation = default);

    /// <summary>Takes a lease.</summary>
    /// <inheritdoc cref="TryAcquire" path="/param"/>
    /// <returns>The lease.</returns>
    /// <exception cref="ResourceBusyException">Somebody else held the resource to the end (libvirt's code 87); says who, if that can be
    /// found out.</exception>
    /// <inheritdoc cref="TryAcquire" path="/exception"/>
    ILease Acquire(
        ResourceName name,
        LockMode mode = LockMode.Exclusive,
        TimeSpan wait = default,
        bool autocreate = false,
        CancellationToken cancellation = default);

    /// <summary>As <see cref="TryAcquire"/>, but waits without blocking the thread.</summary>
    /// <inheritdoc cref="TryAcquire" path="/param"/>
    /// <inheritdoc cref="TryAcquire" path="/returns"/>
    /// <inheritdoc cref="TryAcquire" path="/exception"/>
    ValueTask<ILease?> TryAcquireAsync(
        ResourceName name,
        LockMode mode = LockMode.Exclusive,
        TimeSpan wait = default,
        bool autocreate = false,
        CancellationToken cancellation = default);

    /// <summary>As <see cref="Acquire"/>, but waits without blocking the thread.</summary>
    /// <inheritdoc cref="TryAcquire" path="/param"/>
    /// <inheritdoc cref="Acquire" path="/returns"/>
    /// <inheritdoc cref="Acquire" path="/exception"/>
    ValueTask<ILease> AcquireAsync(
        ResourceName name,
        LockMode mode = LockMode.Exclusive,
        TimeSpan wait = default,
        bool autocreate = false,
        CancellationToken cancellation = default);

    /// <summary>
    /// Says who holds a resource. Takes no lock itself, so it disturbs nobody. Reads <c>/proc</c> for a foreign holder: not for a hot path.
    /// </summary>
    /// <param name="name">The resource.</param>
    /// <returns>The holder; null when nobody holds it, or nobody on this host (a lock of another host shows only as a refusal).</returns>
    /// <exception cref="ArgumentException">As for <see cref="TryAcquire"/>.</exception>
    /// <exception cref="ObjectDisposedException">The <see cref="ProcessLocks"/> were disposed.</exception>
    LockHolder? FindHolder(ResourceName name);

    /// <summary>Creates the file of a resource that nobody in this process holds, mode 0600; an existing one is left as it is.</summary>
    /// <param name="name">The resource.</param>
    /// <exception cref="ResourceBusyException">It is held in this process.</exception>
    /// <exception cref="ArgumentException">As for <see cref="TryAcquire"/>.</exception>
    /// <exception cref="LockRefusedException">A system call failed: its errno says how.</exception>
    /// <exception cref="ObjectDisposedException">The <see cref="ProcessLocks"/> were disposed.</exception>
    void CreateResource(ResourceName name);

    /// <summary>Removes the file of a resource that nobody in this process holds; a missing one is no failure.</summary>
    /// <inheritdoc cref="CreateResource" path="/param"/>
    /// <inheritdoc cref="CreateResource" path="/exception"/>
    void DeleteResource(ResourceName name);
}
