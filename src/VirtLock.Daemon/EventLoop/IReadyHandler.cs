namespace VirtLock.Daemon.EventLoop;

/// <summary>Something with a descriptor that the loop watches.</summary>
internal interface IReadyHandler
{
    /// <summary>The descriptor is ready. Readiness stands until it is dealt with, so a handler may leave work for the next turn.</summary>
    /// <param name="events">EPOLLIN and the like.</param>
    void OnReady(uint events);

    /// <summary>What was done last for this handler threw an exception, which has been reported.</summary>
    /// <returns>Whether it has given up what it watched; if not, the loop leaves its descriptor unwatched for a while.</returns>
    bool OnFailed() => false;
}
