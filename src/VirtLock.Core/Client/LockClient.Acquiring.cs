using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock.Client;

/// <content>Taking leases and giving them up.</content>
public sealed partial class LockClient
{
    /// <summary>Takes a lease, or says that somebody else holds the resource.</summary>
    /// <param name="name">The resource; in the default lock space a path, which should be absolute, as the daemon's working directory is
    /// its own.</param>
    /// <param name="mode">Alone, or together with other shared owners.</param>
    /// <param name="wait">How long to wait for the holder: zero not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever. The protocol
    /// knows no waiting, so the daemon is asked again at growing intervals.</param>
    /// <param name="autocreate">Whether the daemon creates the file when it is missing, and removes it with the last lease.</param>
    /// <param name="directory">The lock space; null for the default one.</param>
    /// <param name="cancellation">Ends the waiting. What the daemon grants later is given back.</param>
    /// <returns>The lease, or null if the resource was busy to the end.</returns>
    /// <exception cref="ArgumentException">The name is empty, or the name or the directory longer than 65,536 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The wait is negative and not infinite, or beyond <see cref="int.MaxValue"/>
    /// milliseconds, or the mode is no mode.</exception>
    /// <exception cref="LockRefusedException">The daemon refused for another reason: code 38 with the errno of a system call (ENOENT: the
    /// file is missing); code 1 in domain 7: there is no such lock space.</exception>
    /// <exception cref="LockConnectionException">There is no connection, or it ended.</exception>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed, before the call or while it waited.</exception>
    public async Task<ILease?> TryAcquireAsync(
        ResourceName name,
        LockMode mode = LockMode.Exclusive,
        TimeSpan wait = default,
        bool autocreate = false,
        FilePath? directory = null,
        CancellationToken cancellation = default) =>
        (await AcquireAsync(new LeaseRequest(name, mode, wait, autocreate), directory, cancellation).ConfigureAwait(false)).Lease;

    /// <summary>Takes a lease.</summary>
    /// <inheritdoc cref="TryAcquireAsync" path="/param"/>
    /// <returns>The lease.</returns>
    /// <exception cref="ResourceBusyException">Somebody else held the resource to the end: code 87. VirtLock's daemon says who, libvirt's
    /// does not.</exception>
    /// <inheritdoc cref="TryAcquireAsync" path="/exception"/>
    public async Task<ILease> AcquireAsync(
        ResourceName name,
        LockMode mode = LockMode.Exclusive,
        TimeSpan wait = default,
        bool autocreate = false,
        FilePath? directory = null,
        CancellationToken cancellation = default)
    {
        (RemoteLease? lease, RemoteError? busy) =
            await AcquireAsync(new LeaseRequest(name, mode, wait, autocreate), directory, cancellation).ConfigureAwait(false);
        ThrowIfRefused(busy, LockProcedure.AcquireResource, name);
        return lease!;
    }

    internal async Task GiveUpAsync(RemoteLease lease)
    {
        lock (_gate)
        {
            // Neither twice, nor when it went with its connection: a name may long stand for another lease.
            if (!_leases.Remove(lease))
            {
                return;
            }
        }

        try
        {
            Task<RemoteError?> release =
                CallAsync(lease.Connection, LockProcedure.ReleaseResource, lease.Name, lease.Directory, AcquireFlags.None);
            if (await BoundedAsync(Tracked(release), CancellationToken.None).ConfigureAwait(false) is { } error)
            {
                _logger.ReleaseFailed(lease.Name, error.Message);
            }
        }
        catch (Exception failure) when (failure is LockConnectionException or TimeoutException)
        {
            // Disposing has nobody to tell: with the connection the daemon drops what this process owned.
            _logger.ReleaseFailed(lease.Name, failure.Message);
        }
    }

    private async Task<(RemoteLease? Lease, RemoteError? Busy)> AcquireAsync(
        LeaseRequest request, FilePath? directory, CancellationToken cancellation)
    {
        Check(request.Name);
        request.RequireModeAndWait();
        var wait = new WaitTime(_time, request.Wait, _options.LongestRetryInterval);
        while (true)
        {
            (RemoteLease? lease, RemoteError? busy) = await AttemptAsync(request, directory, cancellation).ConfigureAwait(false);
            if (lease is not null || wait.IsOver)
            {
                return (lease, busy);
            }

            await PauseAsync(wait.NextInterval(), cancellation).ConfigureAwait(false);
        }
    }

    private async Task<(RemoteLease? Lease, RemoteError? Busy)> AttemptAsync(
        LeaseRequest request, FilePath? directory, CancellationToken cancellation)
    {
        ClientConnection connection = await ConnectedAsync(cancellation).ConfigureAwait(false);
        var start = new TaskCompletionSource();
        Task<(RemoteLease?, RemoteError?)> grant;
        lock (_gate)
        {
            // From here on a disposal waits for the answer.
            ObjectDisposedException.ThrowIf(_disposed is not null, this);
            grant = Tracked(GrantAsync(connection, request, directory, start.Task));
        }

        // Outside the lock: a request that can't be sent ends the connection at once, and those who had leases are told on this thread.
        start.SetResult();

        try
        {
            return await BoundedAsync(grant, cancellation).ConfigureAwait(false);
        }
        catch (Exception turnedAway) when (turnedAway is OperationCanceledException or TimeoutException)
        {
            _ = Tracked(GiveBackAsync(grant));
            throw;
        }
    }

    /// <summary>One request and its answer. Nobody can cancel it, so that no grant goes unnoticed.</summary>
    private async Task<(RemoteLease? Lease, RemoteError? Busy)> GrantAsync(
        ClientConnection connection, LeaseRequest request, FilePath? directory, Task start)
    {
        await start.ConfigureAwait(false);
        AcquireFlags flags = (request.Mode == LockMode.Shared ? AcquireFlags.Shared : AcquireFlags.None)
            | (request.Autocreate ? AcquireFlags.Autocreate : AcquireFlags.None);
        RemoteError? error =
            await CallAsync(connection, LockProcedure.AcquireResource, request.Name, directory, flags).ConfigureAwait(false);
        if (error is { Code: ErrorCode.ResourceBusy })
        {
            return (null, error);
        }

        ThrowIfRefused(error, LockProcedure.AcquireResource, request.Name);
        var lease = new RemoteLease(this, connection, directory, request.Name, request.Mode, _time.GetUtcNow());
        lock (_gate)
        {
            _leases.Add(lease);
        }

        if (!connection.IsOpen)
        {
            // The end came between the answer and here, and found no lease to tell. Elsewhere, as a lock may be held here.
            ThreadPool.UnsafeQueueUserWorkItem(_ => LoseLeases(connection), null);
        }

        return (lease, null);
    }

    private static async Task<bool> GiveBackAsync(Task<(RemoteLease? Lease, RemoteError? Busy)> grant)
    {
        try
        {
            if ((await grant.ConfigureAwait(false)).Lease is { } lease)
            {
                await lease.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is LockRefusedException or LockConnectionException)
        {
            // Nothing was granted, or the connection has gone: nothing to give back, nobody to tell.
        }

        return true;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _disposing.Token);
        try
        {
            await Task.Delay(pause, _time, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new ObjectDisposedException(nameof(LockClient));
        }
    }
}
