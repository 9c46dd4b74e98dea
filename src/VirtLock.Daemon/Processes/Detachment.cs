using System.Globalization;
using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// <c>-d</c>: the daemon in the background. A managed runtime can't fork itself, so the same program is started again in a session of its own, before any
/// lock is taken, and tells its parent through a pipe how its start went.
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
    /// <returns>The pipe's descriptor; null when nobody waits for us.</returns>
    internal static int? TakeStatusPipe()
    {
        string? value = Environment.GetEnvironmentVariable(StatusVariable);
        if (!int.TryParse(value, CultureInfo.InvariantCulture, out int descriptor))
        {
            return null;
        }

        Environment.SetEnvironmentVariable(StatusVariable, null);
        _ = LibC.fcntl(descriptor, LibC.F_SETFD, LibC.FD_CLOEXEC);
        return descriptor;
    }

    /// <summary>Whether an entry of the environment is the one above, which no later image must inherit.</summary>
    internal static bool IsStatusVariable(ReadOnlySpan<byte> entry) => entry.StartsWith("VIRTLOCKD_STATUS_FD="u8);

    /// <summary>Tells the waiting parent how the start went.</summary>
    internal static void Report(int statusPipe, ExitCode code)
    {
        byte status = (byte)code;
        _ = LibC.write(statusPipe, &status, 1);
        _ = LibC.close(statusPipe);
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

    /// <returns>Null, or what went wrong.</returns>
    private static string? StartChild(Executable executable)
    {
        int* pipe = stackalloc int[2];
        if (LibC.pipe2(pipe, LibC.O_CLOEXEC) < 0)
        {
            return $"cannot create a pipe: {ErrorText.Of(LibC.LastError)}";
        }

        byte[] variable = Encoding.ASCII.GetBytes($"{StatusVariable}={StatusDescriptor}\0");
        int errno = ChildProcess.Start(
            executable.Path,
            executable.Arguments,
            [.. executable.EnvironmentBlock, variable],
            new Dictionary<int, int> { [StatusDescriptor] = pipe[1] },
            newSession: true,
            out _);
        _ = LibC.close(pipe[1]);
        if (errno != 0)
        {
            return $"cannot start {executable.Path}: {ErrorText.Of(errno)}";
        }

        byte status;
        nint count;
        do
        {
            count = LibC.read(pipe[0], &status, 1);
        }
        while (count < 0 && LibC.LastError == LibC.EINTR);

        return count == 1 ? Describe((ExitCode)status) : "the daemon ended without saying why; its state is unknown";
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
