using Microsoft.Extensions.Logging;
using VirtLock.Locking;

namespace VirtLock;

/// <summary>
/// Hands events on in the order in which they happened, outside every lock: a handler may call whatever it likes. What happens while
/// handlers run is handed on by the thread that runs them.
/// </summary>
internal sealed class EventRelay(ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Queue<LockEvent> _queue = new();
    private bool _isDraining;

    internal event Action<LockEvent>? Happened;

    internal void Enqueue(LockEvent happened)
    {
        logger.Happened(happened);
        if (Happened is null)
        {
            return;
        }

        lock (_gate)
        {
            _queue.Enqueue(happened);
        }
    }

    internal void Drain()
    {
        while (TryTake(out LockEvent happened))
        {
            try
            {
                Happened?.Invoke(happened);
            }
            catch (Exception failure)
            {
                // The thread that happens to hand on has nothing to do with it, and the lease stands.
                logger.HandlerFailed(failure);
            }

            lock (_gate)
            {
                _isDraining = false;
            }
        }
    }

    private bool TryTake(out LockEvent happened)
    {
        lock (_gate)
        {
            happened = default;
            return !_isDraining && (_isDraining = _queue.TryDequeue(out happened));
        }
    }
}
