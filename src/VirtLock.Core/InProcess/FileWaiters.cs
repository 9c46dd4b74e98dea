using VirtLock.Locking;

namespace VirtLock;

/// <summary>Who waits for a file, so that letting it go wakes just them. Used under the lock of its <see cref="ProcessLocks"/>.</summary>
internal sealed class FileWaiters
{
    private readonly Dictionary<FileIdentity, List<Waiter>> _waiting = [];

    internal int Count => _waiting.Values.Sum(static waiters => waiters.Count);

    internal Waiter Add(FileIdentity file)
    {
        if (!_waiting.TryGetValue(file, out List<Waiter>? waiters))
        {
            _waiting.Add(file, waiters = []);
        }

        var waiter = new Waiter(file);
        waiters.Add(waiter);
        return waiter;
    }

    internal void Remove(Waiter waiter)
    {
        if (_waiting.TryGetValue(waiter.File, out List<Waiter>? waiters) && waiters.Remove(waiter) && waiters.Count == 0)
        {
            _waiting.Remove(waiter.File);
        }
    }

    internal void Wake(FileIdentity file)
    {
        if (_waiting.Count > 0 && _waiting.TryGetValue(file, out List<Waiter>? waiters))
        {
            waiters.ForEach(static waiter => waiter.Wake());
        }
    }

    internal void WakeAll()
    {
        foreach (List<Waiter> waiters in _waiting.Values)
        {
            waiters.ForEach(static waiter => waiter.Wake());
        }
    }
}

/// <summary>
/// One pause between two tries. A release, a timer and a cancellation all end it the same way; what it was shows at the next try.
/// </summary>
internal sealed class Waiter(FileIdentity file)
{
    private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FileIdentity File { get; } = file;

    internal void Wake() => _woken.TrySetResult();

    internal async ValueTask WaitAsync(TimeSpan atMost, TimeProvider time, bool blocking, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waiter => ((Waiter)waiter!).Wake(), this);
        using ITimer timer = time.CreateTimer(static waiter => ((Waiter)waiter!).Wake(), this, atMost, Timeout.InfiniteTimeSpan);
        if (blocking)
        {
            _woken.Task.GetAwaiter().GetResult();
        }
        else
        {
            await _woken.Task.ConfigureAwait(false);
        }
    }
}
