using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Admin;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Upgrade;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Daemon;

/// <summary>The daemon at work: both servers on one loop, over one lock table, and what becomes of the clients that leave.</summary>
internal sealed class LockDaemon : IDisposable
{
    private readonly Action<RemoteError> _onRefused;

    internal LockDaemon(
        EpollLoop loop, LockTable table, DaemonOptions options, TransferBuffers buffers, TimeProvider time, ILoggerProvider loggers)
    {
        Loop = loop;
        Table = table;
        Fencer = new Fencer(
            loop,
            table,
            loggers.CreateLogger(LogCategories.Daemon),
            options.FenceReleaseAfterSeconds == 0 ? null : TimeSpan.FromSeconds(options.FenceReleaseAfterSeconds));
        DescriptorReserve.Fill();
        ILogger logger = loggers.CreateLogger(LogCategories.Server);
        loop.Failed += logger.StepFailed;
        var shared = new ServerEnvironment(loop, buffers, new HolderInquiry(loop, logger), time, logger);
        uint user = LibC.geteuid();
        ILogger refusals = loggers.CreateLogger(LogCategories.LockSpace);
        _onRefused = error => refusals.ErrorAnswered(error.Message, (int)error.Code, (int)error.Domain);
        LockServer = new Server(
            ServerSnapshot.LockServer, shared, LimitsOf(options.MaxClients), user, OpenLockSession, OnLockClientLeft);
        AdminServer = new Server(
            ServerSnapshot.AdminServer, shared, LimitsOf(options.AdminMaxClients), user, OpenAdminSession, static _ => { });
        Timeout = new IdleTimeout(loop, TimeSpan.FromSeconds(options.TimeoutSeconds), () => IsIdle, End);
        LockServer.ClientsChanged += () => Timeout.Update();
        AdminServer.ClientsChanged += () => Timeout.Update();
        Fencer.BecameIdle += OnFencerIdle;
    }

    /// <summary>Raised when the daemon begins to end.</summary>
    internal event Action? Ending;

    internal EpollLoop Loop { get; }

    internal LockTable Table { get; }

    internal Fencer Fencer { get; }

    internal Server LockServer { get; }

    internal Server AdminServer { get; }

    internal IdleTimeout Timeout { get; }

    /// <summary>The PID file, once it is taken; null for a daemon without.</summary>
    internal PidFile? PidFile { get; set; }

    internal IReadOnlyList<Server> Servers => [LockServer, AdminServer];

    /// <summary>What a successor goes on with.</summary>
    internal DaemonParts Parts => new(Loop, Table, Servers, Fencer, Timeout);

    /// <summary>Whether the daemon is on its way out: nobody is let in any more, the last victims are being fenced.</summary>
    internal bool IsEnding { get; private set; }

    private bool IsIdle =>
        LockServer.Connections.Count == 0 && AdminServer.Connections.Count == 0 && Table.LeaseCount == 0 && Fencer.IsIdle;

    /// <summary>Serves until the daemon ends.</summary>
    internal void Run()
    {
        LockServer.Start();
        AdminServer.Start();
        Timeout.Update();
        Loop.Run();
    }

    /// <summary>
    /// Ends cleanly. Guests that hold leases through their connection lose it now and are fenced, all at once: a guest without its lock is
    /// not safe.
    /// </summary>
    internal void End()
    {
        IsEnding = true;
        Ending?.Invoke();
        AdminServer.Stop();
        LockServer.Stop();
        OnFencerIdle();
    }

    /// <summary>Removes what the daemon has in the file system while it serves: the sockets and the PID file.</summary>
    public void Dispose()
    {
        foreach (ListeningSocket listener in Servers.SelectMany(server => server.Listeners))
        {
            listener.Close();
        }

        PidFile?.Remove();
    }

    private LockSession OpenLockSession() => new(Table) { Refused = _onRefused, FindStart = ProcessStart.Of };

    private AdminSession OpenAdminSession() => new() { Refused = _onRefused };

    private static ServerLimits LimitsOf(uint clients) => new(clients, clients);

    private void OnFencerIdle()
    {
        if (!Fencer.IsIdle)
        {
            return;
        }

        if (IsEnding)
        {
            Table.ReleaseAutocreated();
            Loop.Stop();
        }
        else
        {
            Timeout.Update();
        }
    }

    /// <summary>
    /// Leases stay when the one who leaves took them for another process, as libvirtd does. When the owner itself leaves, it may still be
    /// writing and is fenced.
    /// </summary>
    private void OnLockClientLeft(Connection connection)
    {
        ProcessId peer = connection.Peer.Pid;
        if (((LockSession)connection.Session).Owner is { } owner && owner.Pid == peer && Table.HasLeases(peer))
        {
            Fencer.Fence(new Victim(peer, owner.ProcessStart), connection.TakePeer());
        }
    }
}
