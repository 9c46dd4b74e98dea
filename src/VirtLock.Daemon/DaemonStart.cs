using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
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

    /// <summary>How long to wait before the PID file is tried again that somebody else had locked.</summary>
    private static readonly TimeSpan PidFileInterval = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = logging.CreateLogger(LogCategories.Daemon);
    private readonly List<string> _problems = [];
    private RuntimePaths? _paths;
    private DaemonOptions? _options;
    private Snapshot? _snapshot;
    private bool _isSnapshotInFile;
    private Descriptor _statusPipe;

    /// <summary>
    /// Whether this process is to start the detached daemon instead of becoming it. A successor is that daemon already; a
    /// file that merely lies where it would have left its snapshot makes none.
    /// </summary>
    internal bool MustDetach => commandLine.Daemonize && !Detachment.IsDetached && _snapshot is null;

    /// <summary>Finds out whether this process goes on for a predecessor, reads the configuration and sets logging up.</summary>
    internal void Configure()
    {
        _paths = ResolvePaths();
        FindSnapshot(_paths);
        _options = _snapshot is null ? ReadOptions(_paths) : ReadUsableOptions(_paths);
        LogSettings settings = LogSettingsOf(_options, _paths);
        if (_snapshot is null)
        {
            logging.Apply(settings);
        }
        else
        {
            _problems.AddRange(logging.ApplyWhatOpens(settings));
        }
    }

    /// <summary>Does what a start of this executable in place of its parent would do, as far as that can fail, and takes nothing.</summary>
    /// <param name="file">The parent's snapshot.</param>
    internal void Check(string file)
    {
        RuntimePaths paths = ResolvePaths();
        DaemonOptions options = ReadOptions(paths);
        logging.TryOut(LogSettingsOf(options, paths));
        RunDirectory.Create(paths.RunDirectory, paths.IsPrivileged);
        var table = new LockTable(new FcntlLockDriver(), TimeProvider.System);
        foreach (LockSpaceSnapshot space in CheckMode.Read(file).Directories)
        {
            table.AddDirectory(space.Directory!.Value);
        }

        OpenLockSpaces(table, options.LockSpaces);
    }

    /// <summary>Takes the PID file and the sockets, or goes on with those of the predecessor.</summary>
    internal LockDaemon Start()
    {
        RuntimePaths paths = _paths!;
        DaemonOptions options = _options!;
        var stateFile = new StateFile(paths.StateFile);

        _problems.ForEach(_logger.LeftOut);
        Do(() => RunDirectory.Create(paths.RunDirectory, paths.IsPrivileged));
        _statusPipe = Detachment.TakeStatusPipe();
        if (!_statusPipe.IsNone)
        {
            Directory.SetCurrentDirectory("/");
        }

        var loop = new EpollLoop();
        TimeProvider time = TimeProvider.System;
        var driver = new FcntlLockDriver();
        var table = new LockTable(driver, time);
        var leases = new LeaseLog(logging.CreateLogger(LogCategories.LockSpace));
        table.Happened += leases.Write;
        driver.FellBack += leases.WriteFallback;
        var daemon = new LockDaemon(loop, table, options, new TransferBuffers(), time, logging);
        Restoration? restoration = null;
        if (_snapshot is null)
        {
            // The PID file first: whoever can't have it has no business with what lies in the state file's place.
            daemon.PidFile = TakePidFile(paths, Descriptor.None);
            _ = stateFile.Find(_logger);
            Listen(daemon, paths, _logger);
        }
        else
        {
            restoration = new Restoration(_snapshot, daemon.Parts, driver, paths, time, _logger);
            Descriptor keptPidFile = restoration.Restore();
            Do(() => GoOnWithPidFile(daemon, paths, keptPidFile));
            BindAnew(daemon, paths, _snapshot);
        }

        OpenLockSpaces(table, options.LockSpaces);
        var upgrader = new Upgrader(
            daemon.Parts, executable.WithoutStatusVariable(), stateFile, () => daemon.PidFile, ObjectionToUncheckedUpgrade, _logger);
        daemon.Ending += upgrader.Abandon;
        Do(() => _ = new Signals(loop, daemon.End, upgrader.Begin));
        restoration?.Resume();
        if (_isSnapshotInFile)
        {
            stateFile.Remove();
        }

        ReportToParent(ExitCode.Success);
        Do(() => Readiness.Announce(_logger));
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

    private static RuntimePaths ResolvePaths() =>
        RuntimePaths.Resolve(Environment.GetEnvironmentVariable, LibC.geteuid(), Accounts.HomeOf);

    private void FindSnapshot(RuntimePaths paths)
    {
        int pid = Environment.ProcessId;
        _snapshot = SnapshotMemory.TakeAnnounced(pid, out string? problem);
        if (problem is not null)
        {
            _problems.Add(problem);
        }

        if (_snapshot is null)
        {
            _snapshot = new StateFile(paths.StateFile).Read(pid, out _);
            _isSnapshotInFile = _snapshot is not null;
        }
    }

    private DaemonOptions ReadOptions(RuntimePaths paths)
    {
        var options = DaemonOptions.Read(commandLine, paths.ConfigFile, Environment.GetEnvironmentVariable);
        options.Validate(new LogSettingsValidator(), new DaemonOptionsValidator());
        return options;
    }

    /// <summary>A successor has leases to keep, whatever has become of the configuration.</summary>
    private DaemonOptions ReadUsableOptions(RuntimePaths paths)
    {
        try
        {
            return ReadOptions(paths);
        }
        catch (Exception mistake) when (mistake is ConfigurationException or OptionsValidationException)
        {
            _problems.Add(mistake.Message);
            return DaemonOptions.Of(commandLine);
        }
    }

    private LogSettings LogSettingsOf(DaemonOptions options, RuntimePaths paths) =>
        LogSettings.From(options, DefaultLogOutput.Detect(commandLine.Daemonize), paths.LogFile);

    /// <summary>The configuration of this moment decides: whoever is told to change it need not start the daemon anew.</summary>
    private string? ObjectionToUncheckedUpgrade()
    {
        try
        {
            return ReadOptions(_paths!).AllowsUncheckedUpgrade
                ? null
                : "it is libvirt's daemon, which cannot be checked beforehand; set upgrade_unchecked = 1 to allow it";
        }
        catch (Exception mistake) when (mistake is ConfigurationException or OptionsValidationException)
        {
            return $"it is libvirt's daemon, and whether that is allowed cannot be read: {mistake.Message}";
        }
    }

    /// <summary>
    /// Does a part of the start that may fail. A successor goes on without: it has leases to keep, and to end would be to free them.
    /// </summary>
    private void Do(Action part)
    {
        try
        {
            part();
        }
        catch (Exception failure) when (_snapshot is not null)
        {
            _logger.LeftOut(failure.Message);
        }
    }

    private static void Listen(LockDaemon daemon, RuntimePaths paths, ILogger logger)
    {
        if (SocketActivation.Take([LockSocketName, AdminSocketName], logger, out IReadOnlyList<string> unserved) is { } activated)
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

        using var binder = new SocketBinder(paths.RunDirectory) { Unserved = unserved };
        daemon.LockServer.Listen(binder.Bind(paths.LockSocket));
        daemon.AdminServer.Listen(binder.Bind(paths.AdminSocket));
    }

    /// <summary>Listens where a predecessor did whose sockets were of no use; otherwise nobody would ever be served.</summary>
    private void BindAnew(LockDaemon daemon, RuntimePaths paths, Snapshot snapshot)
    {
        foreach (Server server in daemon.Servers)
        {
            bool isLockServer = server == daemon.LockServer;
            bool hasListened = snapshot.Servers.Any(earlier => earlier.Name == server.Name && earlier.Listeners.Count > 0);
            if (server.Listeners.Count == 0 && (isLockServer || hasListened))
            {
                Do(() =>
                {
                    using var binder = new SocketBinder(paths.RunDirectory);
                    server.Listen(binder.Bind(isLockServer ? paths.LockSocket : paths.AdminSocket));
                    _logger.BoundAnew(server.Name);
                });
            }
        }
    }

    private void OpenLockSpaces(LockTable table, IReadOnlyList<string> directories)
    {
        foreach (FilePath directory in directories.Select(name => new FilePath(name)))
        {
            if (table.Find(directory.Bytes) is null)
            {
                Do(() => OpenLockSpace(table, directory));
            }
        }
    }

    private static void OpenLockSpace(LockTable table, FilePath directory)
    {
        DirectoryAttempt attempt = table.Create(directory);
        if (!attempt.IsDirectory)
        {
            throw new StartFailedException(
                ExitCode.Initialise, attempt.Error?.Description ?? $"Lockspace location {directory} exists, but is not a directory");
        }
    }

    /// <summary>
    /// Goes on with the PID file. libvirt's daemon loses its lock when it executes us, and anybody may have got it: then it is tried for
    /// until it can be had.
    /// </summary>
    private void GoOnWithPidFile(LockDaemon daemon, RuntimePaths paths, Descriptor kept)
    {
        try
        {
            daemon.PidFile = TakePidFile(paths, kept);
        }
        catch (StartFailedException)
        {
            daemon.Loop.Schedule(PidFileInterval, () => TryPidFileAgain(daemon, paths));
            throw;
        }
    }

    private void TryPidFileAgain(LockDaemon daemon, RuntimePaths paths)
    {
        try
        {
            GoOnWithPidFile(daemon, paths, Descriptor.None);
        }
        catch (StartFailedException)
        {
            // It was told the first time.
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
