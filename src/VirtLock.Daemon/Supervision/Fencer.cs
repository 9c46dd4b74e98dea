using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// Ends processes that lost their connection while holding leases, as they may still be writing: SIGTERM, later SIGKILL, through the pidfd,
/// all victims side by side. The leases are freed when the process is known to be dead, however long that takes.
/// </summary>
/// <param name="loop">What tells of a death.</param>
/// <param name="table">The leases.</param>
/// <param name="logger">Told how it goes.</param>
/// <param name="releaseAfter">When the leases of a process that will not die are freed all the same; null for never.</param>
internal sealed class Fencer(EpollLoop loop, LockTable table, ILogger logger, TimeSpan? releaseAfter = null)
{
    /// <summary>How long a process has to obey SIGTERM before SIGKILL: what libvirt's daemon gives it.</summary>
    internal static readonly TimeSpan KillDelay = TimeSpan.FromSeconds(1.6);

    /// <summary>When it is first said that a process is still alive, which libvirt's daemon takes for dead by then; later at twice the
    /// time, and so on.</summary>
    internal static readonly TimeSpan FirstReport = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait before looking again for a process that could not be looked up.</summary>
    internal static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>Asks whether the process is there, and does nothing to it: kill(2).</summary>
    private const int NoSignal = 0;

    private readonly Dictionary<Victim, Fencing> _underWay = [];

    /// <summary>Raised when the last process under way has been dealt with.</summary>
    internal event Action? BecameIdle;

    internal bool IsIdle => _underWay.Count == 0;

    internal IReadOnlyCollection<Fencing> UnderWay => _underWay.Values;

    /// <summary>Fences a process and frees its leases.</summary>
    /// <param name="victim">The owner of the leases.</param>
    /// <param name="process">What is known of it; its pidfd becomes the fencer's to close.</param>
    /// <param name="elapsed">How long ago the predecessor began with it; zero for a new victim.</param>
    internal void Fence(Victim victim, ProcessHandle process, TimeSpan elapsed = default)
    {
        if (_underWay.ContainsKey(victim))
        {
            process.Descriptor.Close();
            return;
        }

        var fencing = new Fencing(victim, elapsed, OnDead);
        _underWay.Add(victim, fencing);
        if (releaseAfter is { } limit)
        {
            fencing.GiveUp = loop.Schedule(Rest(limit, elapsed), () =>
            {
                logger.FencingGaveUp(victim.Pid.Value, limit.TotalSeconds);
                End(fencing, IsNoLaterThan(fencing.Start == 0 ? ulong.MaxValue : fencing.Start));
            });
        }

        ReportAt(fencing, FirstReport);
        Pursue(fencing, process, elapsed);
        fencing.IsUnderWay = true;
    }

    private static TimeSpan Rest(TimeSpan delay, TimeSpan elapsed) => delay > elapsed ? delay - elapsed : TimeSpan.Zero;

    /// <summary>The processes of a pid that had ended when another of the same pid started, and that one.</summary>
    private static Predicate<Owner> IsNoLaterThan(ulong start) => owner => owner.ProcessStart <= start;

    private void Pursue(Fencing fencing, ProcessHandle process, TimeSpan elapsed)
    {
        if (process.IsUnknown)
        {
            Retry(fencing, process.Errno);
        }
        else if (process.IsDead)
        {
            FreeOfReaped(fencing);
        }
        else
        {
            Terminate(fencing, process.Descriptor, elapsed);
        }
    }

    /// <summary>Sends what is due, and then waits for the process to die.</summary>
    private void Terminate(Fencing fencing, Descriptor descriptor, TimeSpan elapsed)
    {
        ProcessId pid = fencing.Victim.Pid;

        // Before the signal, whose success tells that the pid was still this process's.
        if (ProcessStart.Of(pid) is > 0 and var start)
        {
            fencing.Start = start;
        }

        int due = elapsed >= KillDelay ? LibC.SIGKILL : elapsed == TimeSpan.Zero ? LibC.SIGTERM : NoSignal;
        if (!Signal(pid, descriptor, due))
        {
            descriptor.Close();
            FreeOfReaped(fencing);
            return;
        }

        if (!loop.TryAdd(descriptor, LibC.EPOLLIN, fencing))
        {
            int errno = LibC.LastError;
            descriptor.Close();
            Retry(fencing, errno);
            return;
        }

        fencing.Descriptor = descriptor;
        if (elapsed < KillDelay)
        {
            fencing.NextStep = loop.Schedule(KillDelay - elapsed, () => Signal(pid, descriptor, LibC.SIGKILL));
        }

        logger.FencingBegan(pid.Value);
    }

    /// <summary>Frees what belonged to a process of which nothing is left; another may have its pid by now, and leases.</summary>
    private void FreeOfReaped(Fencing fencing)
    {
        switch (ProcessStart.Read(fencing.Victim.Pid, out ulong present))
        {
            case 0:
                End(fencing, owner => owner.ProcessStart > 0 && owner.ProcessStart < present);
                break;
            case LibC.ESRCH:
                End(fencing, static _ => true);
                break;
            case var errno:
                Retry(fencing, errno);
                break;
        }
    }

    /// <summary>A process is not dead because something could not be found out.</summary>
    private void Retry(Fencing fencing, int errno)
    {
        if (fencing.NextStep is null)
        {
            string reason = errno == 0 ? "another process may have its pid" : ErrorText.Of(errno);
            logger.FencingPutOff(fencing.Victim.Pid.Value, reason);
        }

        fencing.NextStep = loop.Schedule(
            RetryInterval, () => Pursue(fencing, ProcessHandle.OfPid(fencing.Victim.Pid, fencing.Victim.Start), TimeSpan.Zero));
    }

    private void ReportAt(Fencing fencing, TimeSpan when)
    {
        while (when <= fencing.Elapsed)
        {
            when *= 2;
        }

        fencing.Report = loop.Schedule(when - fencing.Elapsed, () =>
        {
            logger.FencingGoesOn(fencing.Victim.Pid.Value, when.TotalSeconds);
            ReportAt(fencing, when * 2);
        });
    }

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
        logger.FencingEnded(fencing.Victim.Pid.Value, fencing.Elapsed.TotalMilliseconds);
        End(fencing, IsNoLaterThan(fencing.Start));
    }

    private void End(Fencing fencing, Predicate<Owner> isVictim)
    {
        fencing.NextStep?.Cancel();
        fencing.Report?.Cancel();
        fencing.GiveUp?.Cancel();
        if (!fencing.Descriptor.IsNone)
        {
            loop.Remove(fencing.Descriptor);
            fencing.Descriptor.Close();
            DescriptorReserve.Fill();
        }

        _underWay.Remove(fencing.Victim);
        ProcessId pid = fencing.Victim.Pid;
        logger.LeasesFreed(pid.Value, table.ReleaseAll(pid, isVictim));
        if (fencing.IsUnderWay && IsIdle)
        {
            BecameIdle?.Invoke();
        }
    }
}
