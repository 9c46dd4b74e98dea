using Microsoft.Extensions.Logging;

namespace VirtLock;

/// <summary>What is behind <see cref="ILease.LostToken"/>: made only when somebody asks, as most leases live and die unwatched.</summary>
internal sealed class LostSignal
{
    private CancellationTokenSource? _source;

    internal CancellationToken Token => Source.Token;

    private CancellationTokenSource Source
    {
        get
        {
            if (Volatile.Read(ref _source) is null)
            {
                Interlocked.CompareExchange(ref _source, new CancellationTokenSource(), null);
            }

            return _source!;
        }
    }

    internal void Fire(ILogger logger)
    {
        try
        {
            Source.Cancel();
        }
        catch (AggregateException failure)
        {
            // Thrown by callbacks that others registered; whoever found the loss has more leases to tell.
            logger.LostCallbackFailed(failure);
        }
    }
}
