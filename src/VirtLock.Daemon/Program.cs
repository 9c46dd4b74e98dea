using VirtLock.Daemon;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Upgrade;
using VirtLock.Posix;

Executable executable = Executable.Current();

CommandLineResult commandLine = CommandLineParser.Parse(args, executable.Name, isPrivileged: LibC.geteuid() == 0);
if (commandLine.EndsProcess)
{
    return LastWords.Print(commandLine.Exit);
}

using var logging = new DaemonLoggerProvider(TimeProvider.System);
var start = new DaemonStart(executable, commandLine.Options, logging);
try
{
    if (commandLine.Options.CheckSnapshot is { } snapshot)
    {
        CheckMode.Announce();
        start.Configure();
        CheckMode.Check(snapshot);
        return (int)ExitCode.Success;
    }

    start.Configure();
    if (start.MustDetach)
    {
        return Detachment.Start(executable, executable.Name);
    }

    if (!SignalMask.Block())
    {
        // The threads that the runtime made before Main would still take signals. An image that starts with them blocked has no such threads.
        throw new StartFailedException(ExitCode.Signals, $"Cannot execute {executable.Path}: {ErrorText.Of(executable.Execute())}");
    }

    using RunningDaemon daemon = start.Start();
    daemon.Run();
    return (int)ExitCode.Success;
}
catch (Exception failure) when (StartFailure.ExitCodeOf(failure) is { } code)
{
    logging.CreateLogger(LogCategories.Daemon).StartFailed(failure.Message);
    start.ReportToParent(code);
    return (int)code;
}
