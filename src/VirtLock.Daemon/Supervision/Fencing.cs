using VirtLock.Daemon.EventLoop;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// One process that is being fenced; its pidfd becomes readable when it has died, even while its parent has not reaped it.
/// </summary>
internal sealed class Fencing(Victim victim, TimeSpan elapsed, Action<Fencing> onDead) : IReadyHandler
{
    private readonly long _begunAt = Environment.TickCount64 - (long)elapsed.TotalMilliseconds;

    internal Victim Victim { get; } = victim;

    /// <summary>Its pidfd; none as long as it could not be had.</summary>
    internal Descriptor Descriptor { get; set; }

    /// <summary>Set when it could not be dealt with at once.</summary>
    internal bool IsUnderWay { get; set; }

    /// <summary>When the process started, as the kernel said while it lived; later processes of its pid are none of this one's.</summary>
    internal ulong Start { get; set; } = victim.Start;

    /// <summary>Sends SIGKILL, or looks for the process again.</summary>
    internal LoopTimer? NextStep { get; set; }

    /// <summary>Says that it takes long.</summary>
    internal LoopTimer? Report { get; set; }

    /// <summary>Frees the leases of a process that will not die, where the configuration wants it.</summary>
    internal LoopTimer? GiveUp { get; set; }

    /// <summary>Since the first signal, or the first attempt at one.</summary>
    internal TimeSpan Elapsed => TimeSpan.FromMilliseconds(Environment.TickCount64 - _begunAt);

    public void OnReady(uint events) => onDead(this);
}
