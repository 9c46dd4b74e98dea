using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// What is known of a process: its pidfd, a hold on it that a recycled pid can't fool; or that it is dead; or neither, for a reason that
/// says nothing about the process.
/// </summary>
internal readonly record struct ProcessHandle
{
    private ProcessHandle(Descriptor descriptor, int errno)
    {
        Descriptor = descriptor;
        Errno = errno;
    }

    internal static ProcessHandle Dead { get; } = new(Descriptor.None, LibC.ESRCH);

    /// <summary>Its pidfd, the caller's to close; none when there is none.</summary>
    internal Descriptor Descriptor { get; }

    /// <summary>Why there is no pidfd; 0 when there is no reason beyond that it can't be told whose the pid is.</summary>
    internal int Errno { get; }

    /// <summary>Whether the process has ended and was reaped: ESRCH, and nothing else, says so.</summary>
    internal bool IsDead => Descriptor.IsNone && Errno == LibC.ESRCH;

    internal bool IsUnknown => Descriptor.IsNone && Errno != LibC.ESRCH;

    /// <summary>A process whose pidfd is at hand.</summary>
    internal static ProcessHandle Of(Descriptor descriptor) => new(descriptor, 0);

    /// <summary>The outcome of a call that failed.</summary>
    internal static ProcessHandle Failed(int errno) => new(Descriptor.None, errno);

    /// <summary>The process that has a pid now, whoever that is: pidfd_open(2).</summary>
    internal static ProcessHandle OfPid(ProcessId pid)
    {
        Descriptor descriptor = DescriptorReserve.Open(() => new Descriptor(LibC.pidfd_open((int)pid.Value, 0)));
        return descriptor.IsNone ? Failed(LibC.LastError) : Of(descriptor);
    }

    /// <summary>The process that had a pid and started at a time, both noted earlier.</summary>
    /// <param name="pid">Its pid.</param>
    /// <param name="start">As <see cref="ProcessStart"/> gives it; 0 when it is not known, so that only its end can be told.</param>
    internal static ProcessHandle OfPid(ProcessId pid, ulong start)
    {
        ProcessHandle process = OfPid(pid);
        if (process.Descriptor.IsNone)
        {
            return process;
        }

        // Looked at after the descriptor is ours: what started then has had the pid all along.
        int errno = ProcessStart.Read(pid, out ulong present);
        if (errno == 0 && present == start)
        {
            return process;
        }

        process.Descriptor.Close();
        return errno == 0 && start != 0 ? Dead : Failed(errno);
    }
}
