using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>A short run of the new executable as a child, watched from the loop while everybody is served; killed when it takes too long.</summary>
internal sealed unsafe class Probe : IReadyHandler
{
    /// <summary>Where the child finds the snapshot.</summary>
    internal const int SnapshotDescriptor = 3;

    private readonly EpollLoop _loop;
    private readonly int _child;
    private readonly Descriptor _childDescriptor;
    private readonly int _output;
    private readonly LoopTimer _bound;
    private readonly Action<ProbeOutcome> _onEnded;
    private bool _isLate;
    private bool _hasEnded;

    private Probe(EpollLoop loop, int child, Descriptor childDescriptor, int output, TimeSpan bound, Action<ProbeOutcome> onEnded)
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
        });
        loop.Add(childDescriptor, LibC.EPOLLIN, this);
    }

    /// <summary>Starts the run.</summary>
    /// <param name="loop">The loop that watches it.</param>
    /// <param name="executable">The program, its arguments and environment.</param>
    /// <param name="extraArguments">Further arguments, each ended by NUL.</param>
    /// <param name="snapshot">A descriptor to hand to the child; -1 for none.</param>
    /// <param name="bound">How long it may take.</param>
    /// <param name="onEnded">Told how it ended.</param>
    /// <param name="probe">The run; null when it can't be started.</param>
    /// <returns>Null, or why it can't even be started.</returns>
    internal static string? Start(
        EpollLoop loop,
        Executable executable,
        IReadOnlyList<byte[]> extraArguments,
        int snapshot,
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

        var given = new Dictionary<int, Descriptor> { [1] = new(pipe[1]), [2] = new(pipe[1]) };
        if (snapshot >= 0)
        {
            given.Add(SnapshotDescriptor, new Descriptor(snapshot));
        }

        int errno = ChildProcess.Start(
            executable.Path, [.. executable.Arguments, .. extraArguments], executable.EnvironmentBlock, given, newSession: false, out int child);
        _ = LibC.close(pipe[1]);
        Descriptor descriptor = errno == 0 ? new Descriptor(LibC.pidfd_open(child, 0)) : Descriptor.None;
        if (!descriptor.IsNone)
        {
            probe = new Probe(loop, child, descriptor, pipe[0], bound, onEnded);
            return null;
        }

        _ = LibC.close(pipe[0]);
        if (errno != 0)
        {
            return $"cannot start {executable.Path}: {ErrorText.Of(errno)}";
        }

        string reason = $"cannot watch {executable.Path}: {ErrorText.Of(LibC.LastError)}";
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
        string output = ReadOutput();
        _ = LibC.close(_output);
        _onEnded(new ProbeOutcome(LibC.ExitCodeOf(status), _isLate, LibC.SignalOf(status), output));
    }

    /// <summary>At most what a pipe holds, 64 KiB: pipe(7). A child that says more blocks and is late.</summary>
    private string ReadOutput()
    {
        const int PipeCapacity = 65536;
        var bytes = new byte[PipeCapacity];
        fixed (byte* start = bytes)
        {
            nint count = LibC.read(_output, start, PipeCapacity);
            return Encoding.UTF8.GetString(bytes, 0, (int)Math.Max(count, 0));
        }
    }
}
