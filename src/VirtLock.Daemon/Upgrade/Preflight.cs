using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>What the preflight of a new executable showed.</summary>
internal enum PreflightResult
{
    /// <summary>It starts, reads its configuration and takes the snapshot.</summary>
    Accepted,

    /// <summary>It is libvirt's daemon, which knows no check mode.</summary>
    Unchecked,

    Rejected,
}

/// <param name="Result">Whether the new executable may take over.</param>
/// <param name="Reason">Why not.</param>
internal readonly record struct PreflightVerdict(PreflightResult Result, string Reason = "");

/// <summary>
/// Tries the new executable out before anything is given up: as a child it must start, read its configuration and take the snapshot, within
/// a bound, while the present one goes on serving.
/// </summary>
internal sealed class Preflight(EpollLoop loop, Executable executable, Action<PreflightVerdict> onVerdict)
{
    /// <summary>How long the new executable may take. It needs some milliseconds; a host that swaps may need seconds.</summary>
    internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private Probe? _probe;

    internal void Start(ReadOnlySpan<byte> snapshot)
    {
        var copy = new Descriptor(LibC.memfd_create("virtlockd-snapshot\0"u8, LibC.MFD_CLOEXEC));
        int errno = copy.IsNone ? LibC.LastError : copy.WriteAll(snapshot);
        if (errno == 0)
        {
            Run([CheckMode.Option, $"/proc/self/fd/{Probe.SnapshotDescriptor}"], copy, OnChecked);
        }
        else
        {
            Reject($"cannot hand it the snapshot: {ErrorText.Of(errno)}");
        }

        copy.Close();
    }

    /// <summary>Ends what is still running: nobody waits for a verdict any more.</summary>
    internal void Abandon() => _probe?.Kill();

    private void Run(string[] arguments, Descriptor snapshot, Action<ProbeOutcome> onEnded)
    {
        byte[][] terminated = [.. arguments.Select(argument => Encoding.UTF8.GetBytes(argument + '\0'))];
        if (Probe.Start(loop, executable, terminated, snapshot, Bound, onEnded, out _probe) is { } failure)
        {
            Reject(failure);
        }
    }

    private void OnChecked(ProbeOutcome check)
    {
        bool knowsCheckMode = check.Output.StartsWith(CheckMode.Banner, StringComparison.Ordinal);
        if (knowsCheckMode && check.ExitCode == 0)
        {
            onVerdict(new PreflightVerdict(PreflightResult.Accepted));
        }
        else if (knowsCheckMode || check.IsLate || check.ExitCode is null)
        {
            Reject(check.Describe());
        }
        else
        {
            Run(["--version"], Descriptor.None, version => OnVersion(version, check));
        }
    }

    private void OnVersion(ProbeOutcome version, ProbeOutcome check)
    {
        if (version.ExitCode == 0 && version.Output.Contains(CheckMode.LibvirtMark, StringComparison.Ordinal))
        {
            onVerdict(new PreflightVerdict(PreflightResult.Unchecked));
        }
        else
        {
            Reject(check.Describe());
        }
    }

    private void Reject(string reason) => onVerdict(new PreflightVerdict(PreflightResult.Rejected, reason));
}
