using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>How a probe ended.</summary>
/// <param name="ExitCode">The child's exit code; null when a signal ended it.</param>
/// <param name="IsLate">Whether it had to be killed.</param>
/// <param name="Signal">The signal that ended it.</param>
/// <param name="Output">What it wrote to stdout and stderr.</param>
internal readonly record struct ProbeOutcome(int? ExitCode, bool IsLate, int Signal, string Output)
{
    /// <summary>Says for the log what went wrong, with the last that the child said.</summary>
    internal string Describe()
    {
        string last = Output.TrimEnd().Split('\n')[^1];
        string said = last.Length == 0 ? string.Empty : $", saying: {last}";
        return IsLate ? "it did not end in time"
            : ExitCode is { } code ? $"it ended with code {code}{said}"
            : $"signal {Signal} ended it{said}";
    }
}

/// <summary>
/// A short run of the new executable as a child, watched from the loop while everybody is served; killed when it takes too long.
/// </summary>
internal sealed unsafe class Probe : IReadyHandler
{
    /// <summary>Where the child finds the snapshot.</summary>
    internal const int SnapshotDescriptor = 3;

    /// <summary>How long a child that was killed may take to die. One that closes a file whose file system hangs may never do it.</summary>
    private static readonly TimeSpan DeathBound = TimeSpan.FromSeconds(1);

    private readonly EpollLoop _loop;
    private readonly int _child;
    private readonly Descriptor _childDescriptor;
    private readonly Descriptor _output;
    private readonly Action<ProbeOutcome> _onEnded;
    private LoopTimer _bound;
    private bool _isLate;
    private bool _hasEnded;
    private bool _isGivenUp;

    private Probe(EpollLoop loop, int child, Descriptor childDescriptor, Descriptor output, TimeSpan bound, Action<ProbeOutcome> onEnded)
    {
        _loop = loop;
        _child = child;
        _childDescriptor = childDescriptor;
        _output = output;
        _onEnded = onEnded;
        _bound = loop.Schedule(bound, () =>
        {
            _isLate = true;
            Kill();
            _bound = loop.Schedule(DeathBound, GiveUp);
        });
        loop.Add(childDescriptor, LibC.EPOLLIN, this);
    }

    /// <summary>Starts the run.</summary>
    /// <param name="loop">The loop that watches it.</param>
    /// <param name="executable">The program, its arguments and environment.</param>
    /// <param name="extraArguments">Further arguments, each ended by NUL.</param>
    /// <param name="snapshot">What is handed to the child; none for nothing.</param>
    /// <param name="bound">How long it may take.</param>
    /// <param name="onEnded">Told how it ended.</param>
    /// <param name="probe">The run; null when it can't be started.</param>
    /// <returns>Null, or why it can't even be started.</returns>
    internal static string? Start(
        EpollLoop loop,
        Executable executable,
        IReadOnlyList<byte[]> extraArguments,
        Descriptor snapshot,
        TimeSpan bound,
        Action<ProbeOutcome> onEnded,
        out Probe? probe)
    {
        probe = null;
        int* pipe = stackalloc int[2];
        if (LibC.pipe2(pipe, LibC.O_CLOEXEC | LibC.O_NONBLOCK) < 0)
        {
            return $"cannot create a pipe: {ErrorText.Of(LibC.LastError)}";
        }

        var output = new Descriptor(pipe[0]);
        var childsOutput = new Descriptor(pipe[1]);
        var given = new Dictionary<int, Descriptor> { [1] = childsOutput, [2] = childsOutput };
        if (!snapshot.IsNone)
        {
            given.Add(SnapshotDescriptor, snapshot);
        }

        IReadOnlyList<byte[]> arguments = [.. executable.Arguments, .. extraArguments];
        int errno = ChildProcess.Start(executable.Path, arguments, executable.EnvironmentBlock, given, newSession: false, out int child);
        childsOutput.Close();
        if (errno != 0)
        {
            output.Close();
            return $"cannot start {executable.Path}: {ErrorText.Of(errno)}";
        }

        var descriptor = new Descriptor(LibC.pidfd_open(child, 0));
        if (!descriptor.IsNone)
        {
            probe = new Probe(loop, child, descriptor, output, bound, onEnded);
            return null;
        }

        string reason = $"cannot watch {executable.Path}: {ErrorText.Of(LibC.LastError)}";
        output.Close();
        _ = LibC.kill(child, LibC.SIGKILL);
        int status;
        _ = LibC.waitpid(child, &status, 0);
        return reason;
    }

    /// <summary>Ends the run, if it has not ended by itself.</summary>
    internal void Kill()
    {
        if (!_hasEnded)
        {
            _ = LibC.pidfd_send_signal(_childDescriptor.Number, LibC.SIGKILL);
        }
    }

    public void OnReady(uint events)
    {
        _hasEnded = true;
        _bound.Cancel();
        _loop.Remove(_childDescriptor);
        _childDescriptor.Close();
        int status;
        _ = LibC.waitpid(_child, &status, 0);
        if (!_isGivenUp)
        {
            Report(LibC.ExitCodeOf(status), LibC.SignalOf(status));
        }
    }

    /// <summary>Waits no longer for the child's death, which goes on being watched, so that it does not stay a zombie.</summary>
    private void GiveUp()
    {
        _isGivenUp = true;
        Report(exitCode: null, LibC.SIGKILL);
    }

    private void Report(int? exitCode, int signal)
    {
        string output = ReadOutput();
        _output.Close();
        _onEnded(new ProbeOutcome(exitCode, _isLate, signal, output));
    }

    /// <summary>At most what a pipe holds, 64 KiB: pipe(7). A child that says more blocks and is late.</summary>
    private string ReadOutput()
    {
        const int PipeCapacity = 65536;
        var bytes = new byte[PipeCapacity];

        // The pipe is not at its end while a child of the child keeps it open: what there is is enough then.
        _ = _output.ReadAll(bytes, out int count);
        return Encoding.UTF8.GetString(bytes, 0, count);
    }
}
