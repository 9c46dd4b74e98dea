using Microsoft.Extensions.Options;
using VirtLock.Daemon;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Upgrade;
using VirtLock.Posix;

Executable executable = Executable.Current();
using var logging = new DaemonLoggerProvider(TimeProvider.System);

CommandLineResult commandLine = CommandLineParser.Parse(args, executable.Name, isPrivileged: LibC.geteuid() == 0);
if (commandLine.EndsProcess)
{
    return Say(commandLine.Exit);
}

var start = new DaemonStart(executable, commandLine.Options, logging);
try
{
    if (commandLine.Options.CheckSnapshot is { } snapshot)
    {
        CheckMode.Announce();
        start.Check(snapshot);
        return (int)ExitCode.Success;
    }

    start.Configure();
    if (start.MustDetach)
    {
        return Detachment.Start(executable, executable.Name);
    }

    bool wereBlocked = SignalMask.Block();
    if (!wereBlocked)
    {
        // The threads that the runtime made before Main still take the signals that Main's thread has just blocked, and there is no way to
        // them. But a process that has the signals blocked from its start has no thread that takes them, so every cold start executes
        // itself once more.
        int errno = executable.Execute();
        throw new StartFailedException(ExitCode.Signals, $"Cannot execute {executable.Path}: {ErrorText.Of(errno)}");
    }

    using LockDaemon daemon = start.Start();
    daemon.Run();
    return (int)ExitCode.Success;
}
catch (Exception failure) when (ExitCodeOf(failure) is { } code)
{
    logging.CreateLogger(LogCategories.Daemon).StartFailed(failure.Message);
    start.ReportToParent(code);
    return (int)code;
}

// The exit code of a failure that is the administrator's to mend; null for one that is ours, which is not to be hidden.
static ExitCode? ExitCodeOf(Exception failure) => failure switch
{
    StartFailedException known => known.ExitCode,
    ConfigurationException or LogSettingsException or OptionsValidationException => ExitCode.Failure,
    _ => null,
};

// What a process says that ends at its command line.
int Say(CommandLineExit exit)
{
    switch (exit.Stream)
    {
        case ExitStream.StandardOutput:
            Console.Out.Write(exit.Text);
            break;
        case ExitStream.StandardError:
            Console.Error.Write(exit.Text);
            break;
        default:
            logging.CreateLogger(LogCategories.Daemon).StartFailed(exit.Text);
            break;
    }

    return exit.Code;
}
