using VirtLock.Daemon.EventLoop;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// One process that is being fenced; its pidfd becomes readable when it has died, even while its parent has not reaped it.
/// </summary>
internal sealed class Fencing(ProcessId victim, Descriptor descriptor, long startedMilliseconds, Action<Fencing> onDead) : IReadyHandler
{
    internal ProcessId Victim { get; } = victim;

    internal Descriptor Descriptor { get; } = descriptor;

    internal LoopTimer? Kill { get; set; }

    internal LoopTimer? GiveUp { get; set; }

    internal TimeSpan Elapsed => TimeSpan.FromMilliseconds(Environment.TickCount64 - startedMilliseconds);

    public void OnReady(uint events) => onDead(this);
}
