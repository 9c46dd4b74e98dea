using VirtLock.Locking;

namespace VirtLock;

/// <content>Taking leases and giving them up.</content>
public sealed partial class ProcessLocks
{
    internal int WaiterCount
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Tries until it is granted or the wait is over. A blocking call completes before it returns.</summary>
    /// <returns>The lease; else no lease and the holder, if it is of this process.</returns>
    internal async ValueTask<(ProcessLease? Lease, LockHolder? Holder)> AcquireAsync(
        LockSpace space, LeaseRequest request, bool blocking, CancellationToken cancellation)
    {
        var wait = new WaitTime(_time, request.Wait, _longestRetryInterval);
        bool isRetry = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Attempt attempt = TryOnce(space, request, isRetry, mayWait: !wait.IsOver);
            if (attempt.Waiter is not { } waiter)
            {
                if (attempt.Lease is { } lease && cancellation.IsCancellationRequested)
                {
                    // An attempt may take long, on a slow file system or behind others' attempts.
                    lease.Dispose();
                    cancellation.ThrowIfCancellationRequested();
                }

                return (attempt.Lease, attempt.Holder);
            }

            try
            {
                // A holder in this process wakes us; for a foreign one we have to look.
                TimeSpan pause = attempt.Holder is null ? wait.NextInterval() : wait.Rest;
                await waiter.WaitAsync(pause, _time, blocking, cancellation).ConfigureAwait(false);
            }
            finally
            {
                lock (_gate)
                {
                    _waiters.Remove(waiter);
                }
            }

            isRetry |= !attempt.IsDelayed;
        }
    }

    internal void Release(Lease lease)
    {
        lock (_gate)
        {
            if (!_leases.Remove(lease))
            {
                return;
            }

            FileIdentity file = lease.Resource.File.Identity;
            _table.Release(lease);
            _waiters.Wake(file);
        }

        _events.Drain();
    }

    /// <summary>Creates or deletes a file.</summary>
    internal void OnFile(ResourceName name, Func<LockOutcome> action)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            LockOutcome outcome = action();
            if (outcome.Holder is { } holder)
            {
                throw new ResourceBusyException(name, LockHolder.Of(holder));
            }

            if (outcome.Error is { } error)
            {
                throw LockRefusedException.Of(error);
            }
        }
    }

    internal LockHolder? FindHolder(LockSpace space, ResourceName name)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (space.Find(name.Bytes) is { } resource)
            {
                return LockHolder.Of(resource);
            }
        }

        return _inspector?.FindHolder(space.PathOf(name));
    }

    internal LockHolder FindForeignHolder(LockSpace space, ResourceName name) =>
        _inspector?.FindHolder(space.PathOf(name)) ?? LockHolder.Unknown;

    private Attempt TryOnce(LockSpace space, in LeaseRequest request, bool isRetry, bool mayWait)
    {
        Attempt attempt;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            LockOutcome outcome = space.Acquire(request.Name.Bytes, _owner, request.Mode, request.Autocreate, isRetry);
            if (outcome.Error is { } error && !(outcome.IsDelayed && mayWait))
            {
                throw LockRefusedException.Of(error);
            }

            attempt = outcome.IsGranted
                ? new Attempt(Keep(outcome.Lease!), null, null, IsDelayed: false)
                : new Attempt(
                    null,
                    outcome.Holder is { } holder ? LockHolder.Of(holder) : null,
                    mayWait ? _waiters.Add(outcome.BusyFile) : null,
                    outcome.IsDelayed);
        }

        _events.Drain();
        return attempt;
    }

    private ProcessLease Keep(Lease lease)
    {
        var kept = new ProcessLease(this, lease);
        _leases.Add(lease, kept);
        return kept;
    }

    /// <summary>One try; with a waiter if it is worth another one.</summary>
    private readonly record struct Attempt(ProcessLease? Lease, LockHolder? Holder, Waiter? Waiter, bool IsDelayed);
}
