using VirtLock.Locking;

namespace VirtLock;

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
