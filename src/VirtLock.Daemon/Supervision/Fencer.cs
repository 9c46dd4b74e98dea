using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Logging;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// Ends processes that lost their connection while holding leases, as they may still be writing: SIGTERM, later SIGKILL, through the pidfd,
/// all victims side by side. The leases are freed when the process is dead or the deadline has passed, not before.
/// </summary>
internal sealed class Fencer(EpollLoop loop, LockTable table, ILogger logger)
{
    /// <summary>How long a process has to obey SIGTERM before SIGKILL: what libvirt's daemon gives it.</summary>
    internal static readonly TimeSpan KillDelay = TimeSpan.FromSeconds(1.6);

    /// <summary>When the leases of a process that will not die (stuck in the kernel) are freed all the same: as libvirt's daemon.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private readonly Dictionary<ProcessId, Fencing> _underWay = [];

    /// <summary>Raised when the last process under way has been dealt with.</summary>
    internal event Action? BecameIdle;

    internal bool IsIdle => _underWay.Count == 0;

    internal IReadOnlyCollection<Fencing> UnderWay => _underWay.Values;

    /// <summary>Fences a process and frees its leases.</summary>
    /// <param name="victim">The owner of the leases.</param>
    /// <param name="descriptor">Its pidfd, which becomes the fencer's to close; none when the process is dead.</param>
    /// <param name="elapsed">How long ago the predecessor began with it; zero for a new victim.</param>
    internal void Fence(ProcessId victim, Descriptor descriptor, TimeSpan elapsed = default)
    {
        if (_underWay.ContainsKey(victim))
        {
            descriptor.Close();
            return;
        }

        if (descriptor.IsNone || (elapsed == TimeSpan.Zero && !Signal(victim, descriptor, LibC.SIGTERM)))
        {
            descriptor.Close();
            Free(victim);
            return;
        }

        var fencing = new Fencing(victim, descriptor, Environment.TickCount64 - (long)elapsed.TotalMilliseconds, OnDead);
        _underWay.Add(victim, fencing);
        loop.Add(descriptor, LibC.EPOLLIN, fencing);
        fencing.Kill = loop.Schedule(Max(KillDelay - elapsed), () => Signal(victim, descriptor, LibC.SIGKILL));
        fencing.GiveUp = loop.Schedule(Max(Deadline - elapsed), () =>
        {
            logger.FencingGaveUp(victim.Value, Deadline.TotalSeconds);
            End(fencing);
        });
        logger.FencingBegan(victim.Value);
    }

    private static TimeSpan Max(TimeSpan delay) => delay > TimeSpan.Zero ? delay : TimeSpan.Zero;

    /// <returns>Whether the process was there to be signalled.</returns>
    private bool Signal(ProcessId victim, Descriptor descriptor, int signal)
    {
        if (LibC.pidfd_send_signal(descriptor.Number, signal) == 0)
        {
            return true;
        }

        int errno = LibC.LastError;
        if (errno != LibC.ESRCH)
        {
            logger.FencingSignalFailed(victim.Value, signal, ErrorText.Of(errno));
        }

        return errno != LibC.ESRCH;
    }

    private void OnDead(Fencing fencing)
    {
        logger.FencingEnded(fencing.Victim.Value, fencing.Elapsed.TotalMilliseconds);
        End(fencing);
    }

    private void End(Fencing fencing)
    {
        fencing.Kill?.Cancel();
        fencing.GiveUp?.Cancel();
        loop.Remove(fencing.Descriptor);
        fencing.Descriptor.Close();
        _underWay.Remove(fencing.Victim);
        Free(fencing.Victim);
        if (IsIdle)
        {
            BecameIdle?.Invoke();
        }
    }

    private void Free(ProcessId victim) => logger.LeasesFreed(victim.Value, table.ReleaseAll(victim));
}
