using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.EventLoop;

/// <summary>Does what the test says, and counts.</summary>
internal sealed class TestHandler(Action<uint> onReady) : IReadyHandler
{
    internal int Calls { get; private set; }

    public void OnReady(uint events)
    {
        Calls++;
        onReady(events);
    }
}
