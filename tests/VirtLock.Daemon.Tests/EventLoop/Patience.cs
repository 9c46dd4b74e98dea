using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.EventLoop;

/// <summary>How long a test waits for what should come at once: only a broken one waits so long.</summary>
internal static class Patience
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Turns a loop on this thread until something stops it; a loop that is not stopped in time fails the test.</summary>
    internal static void RunWithPatience(this EpollLoop loop)
    {
        LoopTimer bound = loop.Schedule(Limit, () => throw new TimeoutException("Nobody stopped the loop."));
        loop.Run();
        bound.Cancel();
    }
}
