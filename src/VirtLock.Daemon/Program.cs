using Microsoft.Extensions.Logging;
using VirtLock.Daemon;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Upgrade;
using VirtLock.Posix;

using var logging = new DaemonLoggerProvider(TimeProvider.System);
DaemonStart? start = null;
LockDaemon daemon;
try
{
    Executable executable = Executable.Current();
    CommandLineResult commandLine = CommandLineParser.Parse(args, executable.Name, isPrivileged: LibC.geteuid() == 0);
    if (commandLine.EndsProcess)
    {
        return Say(commandLine.Exit);
    }

    start = new DaemonStart(executable, commandLine.Options, logging);
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
    if (!wereBlocked || StandardFiles.AreMissing)
    {
        // The threads that the runtime made before Main still take the signals that Main's thread has just blocked, and there is no way to
        // them. But a process that has the signals blocked from its start has no thread that takes them, so every cold start executes
        // itself once more. It is also the only way to standard descriptors that the runtime has put files of its own into.
        StandardFiles.Fill();
        int errno = executable.Execute();
        throw new StartFailedException(ExitCode.Signals, $"Cannot execute {executable.Path}: {ErrorText.Of(errno)}");
    }

    daemon = start.Start();
}
catch (Exception failure)
{
    // Whatever it was: nobody is served yet. Once somebody is, a failure is not to end the daemon, and this is behind us.
    StartFailure known = StartFailure.Of(failure);
    ILogger log = logging.CreateLogger(LogCategories.Daemon);
    log.StartFailed(known.Message);
    if (known.IsOurs)
    {
        log.StartFailedAt(failure.ToString());
    }

    start?.ReportToParent(known.ExitCode);
    return (int)known.ExitCode;
}

using (daemon)
{
    daemon.Run();
}

return (int)ExitCode.Success;

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
