using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// Tries the new executable out before anything is given up: as a child it must start, read its configuration and take the snapshot, within a bound, while
/// the present image goes on serving.
/// </summary>
internal sealed unsafe class Preflight(EpollLoop loop, Executable executable, Action<PreflightVerdict> onVerdict)
{
    /// <summary>How long the new executable may take. It needs some milliseconds; a host that swaps may need seconds.</summary>
    internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private Probe? _probe;

    internal void Start(ReadOnlySpan<byte> snapshot)
    {
        int descriptor = CopyToMemory(snapshot);
        if (descriptor < 0)
        {
            Reject($"cannot hand it the snapshot: {ErrorText.Of(LibC.LastError)}");
            return;
        }

        IReadOnlyList<byte[]> arguments = [Argument(CheckMode.Option), Argument($"/proc/self/fd/{Probe.SnapshotDescriptor}")];
        string? failure = Probe.Start(loop, executable, arguments, descriptor, Bound, OnChecked, out _probe);
        _ = LibC.close(descriptor);
        if (failure is not null)
        {
            Reject(failure);
        }
    }

    /// <summary>Ends what is still running: nobody waits for a verdict any more.</summary>
    internal void Abandon() => _probe?.Kill();

    private static byte[] Argument(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static int CopyToMemory(ReadOnlySpan<byte> bytes)
    {
        int descriptor;
        fixed (byte* name = "virtlockd-snapshot\0"u8)
        {
            descriptor = LibC.memfd_create(name, LibC.MFD_CLOEXEC);
        }

        fixed (byte* start = bytes)
        {
            for (nint written = 0; descriptor >= 0 && written < bytes.Length;)
            {
                nint count = LibC.write(descriptor, start + written, (nuint)(bytes.Length - written));
                if (count < 0)
                {
                    _ = LibC.close(descriptor);
                    return -1;
                }

                written += count;
            }
        }

        return descriptor;
    }

    private void OnChecked(ProbeOutcome outcome)
    {
        bool knowsCheckMode = outcome.Output.StartsWith(CheckMode.Banner, StringComparison.Ordinal);
        if (knowsCheckMode && outcome.ExitCode == 0)
        {
            onVerdict(new PreflightVerdict(PreflightResult.Accepted));
        }
        else if (knowsCheckMode || outcome.IsLate || outcome.ExitCode is null)
        {
            Reject(outcome.Describe());
        }
        else if (Probe.Start(loop, executable, [Argument("--version")], -1, Bound, version => OnVersion(version, outcome), out _probe) is { } failure)
        {
            Reject(failure);
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
