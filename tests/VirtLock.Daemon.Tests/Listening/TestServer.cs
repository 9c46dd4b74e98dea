using VirtLock.Daemon.Admin;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Sessions;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>A server on a socket in a temporary directory, served by a loop on a thread of its own.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TurningLoop _loop = new();
    private readonly Server _server;
    private readonly ListeningSocket _listener;

    /// <param name="maximumClients">How many clients it takes at once.</param>
    /// <param name="allowedUser">Whose processes it lets in; by default ours.</param>
    /// <param name="openSession">
    /// What clients speak; by default the admin program, which answers every call that it knows no procedure.
    /// </param>
    /// <param name="search">How the holder of a file is looked up; by default as in the daemon.</param>
    /// <param name="searchLimit">How long that may take.</param>
    /// <param name="keptLimit">How much of half-sent requests the clients may have together.</param>
    /// <param name="time">The clock; by default the system's.</param>
    internal TestServer(
        uint maximumClients = 100,
        uint? allowedUser = null,
        Func<Session>? openSession = null,
        Func<FileIdentity, LockHolder?>? search = null,
        TimeSpan? searchLimit = null,
        int? keptLimit = null,
        TimeProvider? time = null)
    {
        _loop.Loop.Failed += failure => Log.StepFailed(failure);
        var holders = new HolderInquiry(_loop.Loop, Log, search ?? HolderSearch.Find, searchLimit ?? Patience.Limit);
        TransferBuffers buffers = keptLimit is { } limit ? new TransferBuffers { Kept = new KeptInput(limit) } : new TransferBuffers();
        var environment = new ServerEnvironment(
            _loop.Loop, buffers, holders, time ?? TimeProvider.System, Log);
        _server = new Server(
            "test",
            environment,
            new ServerLimits(maximumClients, maximumClients),
            allowedUser ?? LibC.geteuid(),
            openSession ?? (() => new AdminSession()),
            connection => Left.Add(connection.Id));
        using var binder = new SocketBinder(_directory.Path);
        _listener = binder.Bind(SocketPath);
        _server.Listen(_listener);
        _loop.Do(_server.Start);
    }

    internal string SocketPath => _directory.File("socket");

    internal RecordedLog Log { get; } = new();

    /// <summary>The numbers of the clients that have left.</summary>
    internal List<ulong> Left { get; } = [];

    internal IReadOnlyList<ulong> ClientIds => _loop.Ask(() => _server.Connections.Select(connection => connection.Id).ToArray());

    /// <summary>How much of unanswered requests each client has with the server.</summary>
    internal IReadOnlyList<int> KeptBytes =>
        _loop.Ask(() => _server.Connections.Select(connection => connection.UnreadInput.Length).ToArray());

    /// <summary>A lock program over a disk in memory.</summary>
    internal static Func<Session> LockProgram() => LockProgram(new InMemoryLockDriver());

    internal static Func<Session> LockProgram(ILockDriver driver)
    {
        var table = new LockTable(driver, TimeProvider.System);
        return () => new LockSession(table);
    }

    /// <summary>Waits until the loop has turned a few times: what was ready before has been dealt with.</summary>
    internal void Settle()
    {
        for (int turn = 0; turn < 3; turn++)
        {
            _loop.Do(static () => { });
        }
    }

    internal void Stop() => _loop.Do(_server.Stop);

    internal TestClient Connect() => new(SocketPath);

    public void Dispose()
    {
        Stop();
        _loop.Dispose();
        _listener.Close();
        _directory.Dispose();
    }
}
