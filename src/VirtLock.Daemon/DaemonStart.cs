using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Mono.Unix.Native;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Upgrade;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon;

/// <summary>From options to a daemon that serves, in the order of libvirt's daemon, so that the same mistake shows at the same point.</summary>
internal sealed class DaemonStart(Executable executable, CommandLineOptions commandLine, DaemonLoggerProvider logging)
{
    private const string LockSocketName = "virtlockd.socket";
    private const string AdminSocketName = "virtlockd-admin.socket";

    private readonly ILoggerFactory _loggers = logging.CreateFactory();
    private RuntimePaths? _paths;
    private ServiceProvider? _services;
    private Lazy<Snapshot?>? _snapshot;
    private int? _statusPipe;

    /// <summary>
    /// Whether this process is to start the detached daemon instead of becoming it. An image that goes on for an earlier one is that daemon already; a
    /// file that merely lies where it would have left its snapshot makes none.
    /// </summary>
    internal bool MustDetach => commandLine.Daemonize && !Detachment.IsDetached && _snapshot!.Value is null;

    /// <summary>Reads the configuration and sets logging up.</summary>
    internal void Configure()
    {
        Dictionary<string, string> environment = ReadEnvironment();
        _paths = RuntimePaths.Resolve(environment, LibC.geteuid(), static () => Syscall.getpwuid(LibC.geteuid())?.pw_dir);
        IConfiguration configuration = new ConfigurationBuilder()
            .AddLibvirtConf(commandLine.ConfigFile ?? _paths.ConfigFile, isOptional: commandLine.ConfigFile is null)
            .AddLibvirtEnvironment(environment)
            .Build();
        _services = new ServiceCollection()
            .AddSingleton(_loggers)
            .AddDaemonOptions(configuration, commandLine)
            .BuildServiceProvider();
        DaemonOptions options = _services.GetRequiredService<IOptions<DaemonOptions>>().Value;
        _snapshot = new Lazy<Snapshot?>(
            () => SnapshotIntake.Find(new StateFile(_paths.StateFile), _loggers.CreateLogger(LogCategories.Daemon)));
        if (commandLine.CheckSnapshot is null)
        {
            logging.Apply(LogSettings.From(options, DefaultLogOutput.Detect(commandLine.Daemonize), _paths.LogFile));
        }
    }

    /// <summary>Takes the PID file and the sockets, or goes on with those of an earlier image.</summary>
    internal RunningDaemon Start()
    {
        RuntimePaths paths = _paths!;
        ServiceProvider provider = _services!;
        DaemonOptions options = provider.GetRequiredService<IOptions<DaemonOptions>>().Value;
        ILogger logger = _loggers.CreateLogger(LogCategories.Daemon);
        var stateFile = new StateFile(paths.StateFile);

        CreateRunDirectory(paths);
        Snapshot? snapshot = _snapshot!.Value;
        _statusPipe = Detachment.TakeStatusPipe();
        if (_statusPipe is not null)
        {
            Directory.SetCurrentDirectory("/");
        }

        var loop = new EpollLoop();
        var driver = new FcntlLockDriver();
        var table = new LockTable(driver, TimeProvider.System);
        table.Happened += new LeaseLog(_loggers.CreateLogger(LogCategories.LockSpace)).Write;
        var daemon = new LockDaemon(loop, table, options, new TransferBuffers(), TimeProvider.System, _loggers);
        Restoration? restoration = snapshot is null
            ? null
            : new Restoration(snapshot, daemon, driver, paths, TimeProvider.System, logger);
        int? keptPidFile = restoration?.Restore();
        PidFile? pidFile = TakePidFile(paths, keptPidFile);
        if (restoration is null)
        {
            Listen(daemon, paths, logger);
        }

        OpenLockSpaces(table, options.LockSpaces);
        var upgrader = new Upgrader(daemon, executable.WithoutStatusVariable(), stateFile, pidFile, options.AllowsUncheckedUpgrade, logger);
        daemon.Ending += upgrader.Abandon;
        _ = new Signals(loop, daemon.End, upgrader.Begin);
        restoration?.Resume();
        stateFile.Remove();
        ReportToParent(ExitCode.Success);
        Readiness.Announce();
        return new RunningDaemon(daemon, pidFile, provider);
    }

    /// <summary>Tells the process that waits for the detached daemon, if any, how the start went.</summary>
    internal void ReportToParent(ExitCode code)
    {
        if ((_statusPipe ?? Detachment.TakeStatusPipe()) is { } pipe)
        {
            Detachment.Report(pipe, code);
            _statusPipe = null;
        }
    }

    private static Dictionary<string, string> ReadEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? string.Empty;
        }

        return environment;
    }

    private static void CreateRunDirectory(RuntimePaths paths)
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Readable = Private
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        try
        {
            Directory.CreateDirectory(paths.RunDirectory, paths.IsPrivileged ? Readable : Private);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException(
                ExitCode.RunDirectory, $"Cannot create run directory '{paths.RunDirectory}': {failure.Message}");
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

    private PidFile? TakePidFile(RuntimePaths paths, int? kept)
    {
        string name = commandLine.PidFile ?? paths.PidFile;
        if (name.Length == 0)
        {
            return null;
        }

        return kept is { } descriptor ? PidFile.Adopt(name, descriptor) : PidFile.Acquire(name);
    }
}
