using VirtLock.Locking;

namespace VirtLock;

/// <content>Finding out that a lock is gone: the kernel tells nobody.</content>
public sealed partial class ProcessLocks
{
    private int _verifying;

    /// <summary>
    /// Looks now whether every lock still stands, and fires <see cref="ILease.LostToken"/> where one does not: for a moment that matters,
    /// such as before a guest goes on. Asks the file system, which can take long when it is a network's. POSIX locks are taken to stand.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The locks were disposed.</exception>
    public void Verify()
    {
        Resource[] held;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            held = [.. _leases.Keys.Select(lease => lease.Resource).Distinct()];
        }

        foreach (Resource resource in held)
        {
            // Outside the lock, as it may block: should the lease be given up meanwhile, the answer is about something else, and dropped.
            if (_inspector?.IsHeld(resource.File, resource.Path, resource.Mode) == false)
            {
                Lose(resource);
            }
        }

        _events.Drain();
    }

    private void Lose(Resource resource)
    {
        ProcessLease[] lost;
        lock (_gate)
        {
            if (resource.IsLost || !resource.IsHeld)
            {
                return;
            }

            lost = [.. resource.Leases.Where(_leases.ContainsKey).Select(lease => _leases[lease])];
            _table.MarkLost(resource);
        }

        foreach (ProcessLease lease in lost)
        {
            lease.Lost.Fire(_logger);
        }
    }

    private static void VerifyOnTime(object? locks)
    {
        if (((WeakReference<ProcessLocks>)locks!).TryGetTarget(out ProcessLocks? alive))
        {
            alive.VerifyOnTime();
        }
    }

    private void VerifyOnTime()
    {
        // A file system that hangs must not pile up threads.
        if (Interlocked.Exchange(ref _verifying, 1) != 0)
        {
            return;
        }

        try
        {
            Verify();
        }
        catch (ObjectDisposedException)
        {
            // Disposed while the timer fired: nothing is left to verify.
        }
        finally
        {
            Volatile.Write(ref _verifying, 0);
        }
    }
}
