using System.Globalization;
using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// <c>-d</c>: the daemon in the background. A managed runtime can't fork itself, so the same program is started again in a session of its
/// own, before any lock is taken, and tells its parent through a pipe how its start went.
/// </summary>
internal static unsafe class Detachment
{
    /// <summary>Names the descriptor of the pipe to the detached child, which takes it out of its environment.</summary>
    private const string StatusVariable = "VIRTLOCKD_STATUS_FD";

    /// <summary>The pipe's number in the child.</summary>
    private const int StatusDescriptor = 3;

    /// <summary>Whether this process is the detached child.</summary>
    internal static bool IsDetached => Environment.GetEnvironmentVariable(StatusVariable) is not null;

    /// <summary>Whether this process is the detached child, and if so where its parent listens.</summary>
    /// <returns>The pipe; none when nobody waits for us.</returns>
    internal static Descriptor TakeStatusPipe()
    {
        string? value = Environment.GetEnvironmentVariable(StatusVariable);
        if (!int.TryParse(value, CultureInfo.InvariantCulture, out int number))
        {
            return Descriptor.None;
        }

        Environment.SetEnvironmentVariable(StatusVariable, null);
        var pipe = new Descriptor(number);
        _ = pipe.SetCloseOnExec();
        return pipe;
    }

    /// <summary>Whether an entry of the environment is the one above, which no successor may inherit.</summary>
    internal static bool IsStatusVariable(ReadOnlySpan<byte> entry) => entry.StartsWith("VIRTLOCKD_STATUS_FD="u8);

    /// <summary>Tells the waiting parent how the start went.</summary>
    internal static void Report(Descriptor statusPipe, ExitCode code)
    {
        _ = statusPipe.WriteAll([(byte)code]);
        statusPipe.Close();
    }

    /// <summary>Starts the detached child and waits until it serves or has failed.</summary>
    /// <param name="executable">The program.</param>
    /// <param name="name">What it is called in what is said on stderr when it fails.</param>
    /// <returns>The parent's exit code: 1 for every failure, as libvirt's daemon.</returns>
    internal static int Start(Executable executable, string name)
    {
        if (StartChild(executable) is not { } failure)
        {
            return (int)ExitCode.Success;
        }

        Console.Error.WriteLine($"{name}: error: {failure}. Look in the system's log, or start it without --daemon, for more");
        return (int)ExitCode.Failure;
    }

    /// <summary>Starts the detached child and waits for what it reports.</summary>
    /// <returns>Null, or what went wrong.</returns>
    internal static string? StartChild(Executable executable)
    {
        int* ends = stackalloc int[2];
        if (LibC.pipe2(ends, LibC.O_CLOEXEC) < 0)
        {
            return $"cannot create a pipe: {ErrorText.Of(LibC.LastError)}";
        }

        var ours = new Descriptor(ends[0]);
        var childs = new Descriptor(ends[1]);
        byte[] variable = Encoding.ASCII.GetBytes($"{StatusVariable}={StatusDescriptor}\0");
        int errno = ChildProcess.Start(
            executable.Path,
            executable.Arguments,
            [.. executable.EnvironmentBlock, variable],
            new Dictionary<int, Descriptor> { [StatusDescriptor] = childs },
            newSession: true,
            out _);
        childs.Close();
        if (errno != 0)
        {
            return $"cannot start {executable.Path}: {ErrorText.Of(errno)}";
        }

        Span<byte> status = stackalloc byte[1];
        _ = ours.ReadAll(status, out int count);
        ours.Close();
        return count == 1 ? Describe((ExitCode)status[0]) : "the daemon ended without saying why; its state is unknown";
    }

    private static string? Describe(ExitCode code) => code switch
    {
        ExitCode.Success => null,
        ExitCode.Failure => "unable to obtain the PID file",
        ExitCode.RunDirectory => "unable to create the run directory",
        ExitCode.Initialise => "unable to initialise",
        ExitCode.Signals => "unable to set up signal handlers",
        ExitCode.Network => "unable to initialise network sockets",
        _ => $"failed with code {(int)code}",
    };
}
