using System.Globalization;
using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>What the preflight of a new executable showed.</summary>
internal enum PreflightResult
{
    /// <summary>It does all that its start will have to do, and takes the snapshot.</summary>
    Accepted,

    /// <summary>It is libvirt's daemon, which knows no check mode.</summary>
    Unchecked,

    Rejected,
}

/// <param name="Result">Whether the new executable may take over.</param>
/// <param name="Reason">Why not.</param>
/// <param name="TakesMemory">Whether it takes the snapshot from <see cref="SnapshotMemory"/>.</param>
internal readonly record struct PreflightVerdict(PreflightResult Result, string Reason = "", bool TakesMemory = false);

/// <summary>
/// Tries the new executable out before anything is given up: as a child it must start, take the snapshot and do every step of its start
/// that can fail, within a bound, while the present one goes on serving.
/// </summary>
internal sealed class Preflight(EpollLoop loop, Executable executable, Action<PreflightVerdict> onVerdict)
{
    /// <summary>How long the new executable may take. It needs some milliseconds; a host that swaps may need seconds.</summary>
    internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private Probe? _probe;

    internal void Start(ReadOnlySpan<byte> snapshot)
    {
        if (SnapshotMemory.Create(snapshot, out Descriptor memory) is { } failure)
        {
            Reject(failure);
            return;
        }

        string number = Probe.SnapshotDescriptor.ToString(CultureInfo.InvariantCulture);
        Run(executable.With(SnapshotMemory.Variable, number), [CheckMode.Option, $"/proc/self/fd/{number}"], memory, OnChecked);
        memory.Close();
    }

    /// <summary>Ends what is still running: nobody waits for a verdict any more.</summary>
    internal void Abandon() => _probe?.Kill();

    private void Run(Executable program, string[] arguments, Descriptor snapshot, Action<ProbeOutcome> onEnded)
    {
        byte[][] terminated = [.. arguments.Select(argument => Encoding.UTF8.GetBytes(argument + '\0'))];
        if (Probe.Start(loop, program, terminated, snapshot, Bound, onEnded, out _probe) is { } failure)
        {
            Reject(failure);
        }
    }

    private void OnChecked(ProbeOutcome check)
    {
        bool knowsCheckMode = check.Output.StartsWith(CheckMode.Banner, StringComparison.Ordinal);
        if (knowsCheckMode && check.ExitCode == 0)
        {
            bool takesMemory = check.Output.Split('\n', 2)[0].Contains(CheckMode.MemoryMark, StringComparison.Ordinal);
            onVerdict(new PreflightVerdict(PreflightResult.Accepted, TakesMemory: takesMemory));
        }
        else if (knowsCheckMode || check.IsLate || check.ExitCode is null)
        {
            Reject(check.Describe());
        }
        else
        {
            Run(executable, ["--version"], Descriptor.None, version => OnVersion(version, check));
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
