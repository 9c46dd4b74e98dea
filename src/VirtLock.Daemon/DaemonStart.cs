using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Upgrade;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon;

/// <summary>
/// From options to a daemon that serves, in the order of libvirt's daemon, so that the same mistake shows at the same point.
/// </summary>
internal sealed class DaemonStart(Executable executable, CommandLineOptions commandLine, DaemonLoggerProvider logging)
{
    private const string LockSocketName = "virtlockd.socket";
    private const string AdminSocketName = "virtlockd-admin.socket";

    private RuntimePaths? _paths;
    private DaemonOptions? _options;
    private Lazy<Snapshot?>? _snapshot;
    private Descriptor _statusPipe;

    /// <summary>
    /// Whether this process is to start the detached daemon instead of becoming it. A successor is that daemon already; a
    /// file that merely lies where it would have left its snapshot makes none.
    /// </summary>
    internal bool MustDetach => commandLine.Daemonize && !Detachment.IsDetached && _snapshot!.Value is null;

    /// <summary>Reads the configuration and sets logging up.</summary>
    internal void Configure()
    {
        _paths = RuntimePaths.Resolve(Environment.GetEnvironmentVariable, LibC.geteuid(), Accounts.HomeOf);
        _options = DaemonOptions.Read(commandLine, _paths.ConfigFile, Environment.GetEnvironmentVariable);
        _options.Validate(new LogSettingsValidator(), new DaemonOptionsValidator());
        _snapshot = new Lazy<Snapshot?>(
            () => new StateFile(_paths.StateFile).Find(logging.CreateLogger(LogCategories.Daemon)));
        if (commandLine.CheckSnapshot is null)
        {
            logging.Apply(LogSettings.From(_options, DefaultLogOutput.Detect(commandLine.Daemonize), _paths.LogFile));
        }
    }

    /// <summary>Takes the PID file and the sockets, or goes on with those of the predecessor.</summary>
    internal LockDaemon Start()
    {
        RuntimePaths paths = _paths!;
        DaemonOptions options = _options!;
        ILogger logger = logging.CreateLogger(LogCategories.Daemon);
        var stateFile = new StateFile(paths.StateFile);

        RunDirectory.Create(paths.RunDirectory, paths.IsPrivileged);
        Snapshot? snapshot = _snapshot!.Value;
        _statusPipe = Detachment.TakeStatusPipe();
        if (!_statusPipe.IsNone)
        {
            Directory.SetCurrentDirectory("/");
        }

        var loop = new EpollLoop();
        TimeProvider time = TimeProvider.System;
        var driver = new FcntlLockDriver();
        var table = new LockTable(driver, time);
        table.Happened += new LeaseLog(logging.CreateLogger(LogCategories.LockSpace)).Write;
        var daemon = new LockDaemon(loop, table, options, new TransferBuffers(), time, logging);
        Restoration? restoration = snapshot is null
            ? null
            : new Restoration(snapshot, daemon.Parts, driver, paths, time, logger);
        Descriptor keptPidFile = restoration?.Restore() ?? Descriptor.None;
        daemon.PidFile = TakePidFile(paths, keptPidFile);
        if (restoration is null)
        {
            Listen(daemon, paths, logger);
        }

        OpenLockSpaces(table, options.LockSpaces);
        var upgrader = new Upgrader(
            daemon.Parts, executable.WithoutStatusVariable(), stateFile, daemon.PidFile, options.AllowsUncheckedUpgrade, logger);
        daemon.Ending += upgrader.Abandon;
        _ = new Signals(loop, daemon.End, upgrader.Begin);
        restoration?.Resume();
        stateFile.Remove();
        ReportToParent(ExitCode.Success);
        Readiness.Announce(logger);
        return daemon;
    }

    /// <summary>Tells the process that waits for the detached daemon, if any, how the start went.</summary>
    internal void ReportToParent(ExitCode code)
    {
        Descriptor pipe = _statusPipe.IsNone ? Detachment.TakeStatusPipe() : _statusPipe;
        if (!pipe.IsNone)
        {
            Detachment.Report(pipe, code);
            _statusPipe = Descriptor.None;
        }
    }

    private static void Listen(LockDaemon daemon, RuntimePaths paths, ILogger logger)
    {
        if (SocketActivation.Take([LockSocketName, AdminSocketName], logger) is { } activated)
        {
            foreach (ListeningSocket socket in activated[LockSocketName])
            {
                daemon.LockServer.Listen(socket);
            }

            foreach (ListeningSocket socket in activated[AdminSocketName])
            {
                daemon.AdminServer.Listen(socket);
            }

            return;
        }

        using var binder = new SocketBinder(paths.RunDirectory);
        daemon.LockServer.Listen(binder.Bind(paths.LockSocket));
        daemon.AdminServer.Listen(binder.Bind(paths.AdminSocket));
    }

    private static void OpenLockSpaces(LockTable table, IReadOnlyList<string> directories)
    {
        foreach (FilePath directory in directories.Select(name => new FilePath(name)))
        {
            if (table.Find(directory.Bytes) is not null)
            {
                continue;
            }

            DirectoryAttempt attempt = table.Create(directory);
            if (!attempt.IsDirectory)
            {
                throw new StartFailedException(
                    ExitCode.Initialise, attempt.Error?.Description ?? $"Lockspace location {directory} exists, but is not a directory");
            }
        }
    }

    private PidFile? TakePidFile(RuntimePaths paths, Descriptor kept)
    {
        string name = commandLine.PidFile ?? paths.PidFile;
        if (name.Length == 0)
        {
            return null;
        }

        return kept.IsNone ? PidFile.Acquire(name) : PidFile.Adopt(name, kept);
    }
}
