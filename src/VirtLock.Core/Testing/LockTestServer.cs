using System.Net.Sockets;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Sessions;

namespace VirtLock.Testing;

/// <summary>
/// A lock daemon inside a test: serves the lock protocol on a Unix socket as virtlockd does, by default over a disk in memory. One thing it
/// does not do: where virtlockd ends a process, it only says so (<see cref="Fenced"/>). All members are safe on any thread.
/// </summary>
public sealed class LockTestServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly LockTable _table;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly HashSet<ServedConnection> _connections = [];
    private readonly string? _directory;
    private readonly Task _accepting;
    private bool _isDisposed;

    private LockTestServer(string? socketPath, ILockDriver driver, TimeProvider time)
    {
        _table = new LockTable(driver, time);
        _directory = socketPath is null ? Directory.CreateTempSubdirectory("virtlock-").FullName : null;
        SocketPath = socketPath ?? Path.Combine(_directory!, "virtlockd-sock");
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>
    /// A process's own connection closed while it had leases: virtlockd would end it. Its leases are freed. Raised on a thread of the pool,
    /// with no lock held; it must not throw.
    /// </summary>
    public event Action<ProcessId>? Fenced;

    /// <summary>Where it listens: for <see cref="Client.LockClientOptions.SocketPath"/>.</summary>
    public string SocketPath { get; }

    /// <summary>The leases of all owners, in no order: a copy.</summary>
    public IReadOnlyList<LeaseInfo> Leases
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _table.Directories.Append(_table.Default)
                        .SelectMany(space => space.Resources).SelectMany(resource => resource.Leases).Select(LeaseInfo.Of),
                ];
            }
        }
    }

    /// <summary>Starts to serve.</summary>
    /// <param name="socketPath">An absolute path of at most 107 bytes where nothing is yet; null makes one in the directory for temporary
    /// files.</param>
    /// <param name="driver">What locks; by default a new <see cref="InMemoryLockDriver"/>. Called by one thread at a time.</param>
    /// <param name="time">The clock for timestamps.</param>
    /// <returns>The server; it accepts already.</returns>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="SocketException">The path can't be listened on: it exists (EADDRINUSE), or its directory does not
    /// (ENOENT).</exception>
    public static LockTestServer Start(string? socketPath = null, ILockDriver? driver = null, TimeProvider? time = null)
    {
        if (socketPath is not null)
        {
            ArgumentException.ThrowIfNullOrEmpty(socketPath);
        }

        return new LockTestServer(socketPath, driver ?? new InMemoryLockDriver(), time ?? TimeProvider.System);
    }

    /// <summary>Closes every connection, as a daemon that dies does: owners other than the peer keep their leases.</summary>
    public void DisconnectAll()
    {
        ServedConnection[] open;
        lock (_gate)
        {
            open = [.. _connections];
        }

        foreach (ServedConnection connection in open)
        {
            connection.Close();
        }
    }

    /// <summary>
    /// Ends the server: closes the connections, gives up all leases, and removes the socket. Disposing again does nothing.
    /// </summary>
    /// <returns>The disposing.</returns>
    public async ValueTask DisposeAsync()
    {
        ServedConnection[] open;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            open = [.. _connections];
        }

        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        foreach (ServedConnection connection in open)
        {
            connection.Close();
            await connection.Served.ConfigureAwait(false);
        }

        lock (_gate)
        {
            foreach (ProcessId owner in Leases.Select(lease => lease.Owner.Pid).Distinct())
            {
                _table.ReleaseAll(owner);
            }
        }

        File.Delete(SocketPath);
        if (_directory is not null)
        {
            Directory.Delete(_directory);
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // How a listener that is disposed says so.
                return;
            }

            lock (_gate)
            {
                if (_isDisposed)
                {
                    socket.Dispose();
                    return;
                }

                var connection = new ServedConnection(socket, new LockSession(_table), _gate);
                _connections.Add(connection);
                connection.Start(OnEnded);
            }
        }
    }

    private void OnEnded(ServedConnection connection)
    {
        bool isFenced;
        lock (_gate)
        {
            _connections.Remove(connection);
            isFenced = !_isDisposed && connection.OwnsItsLeases && _table.ReleaseAll(connection.Peer) > 0;
        }

        if (isFenced)
        {
            Fenced?.Invoke(connection.Peer);
        }
    }
}
