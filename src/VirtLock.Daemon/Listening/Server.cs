using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Listening;

/// <summary>One of the daemon's sockets with its clients: whom it lets in, how many, and who is there.</summary>
internal sealed class Server
{
    /// <summary>How many clients are let in per turn, so that a storm of them does not keep those who are in from being served.</summary>
    private const int AcceptsPerTurn = 16;

    /// <summary>
    /// How soon to try again when the kernel gives us no client, such as when descriptors have run out: one that comes free elsewhere than
    /// at a connection is found by trying.
    /// </summary>
    private static readonly TimeSpan AcceptRetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<ulong, Connection> _connections = [];
    private readonly List<ListeningSocket> _listeners = [];
    private readonly TimeProvider _time;
    private readonly uint _allowedUser;
    private readonly Func<Session> _openSession;
    private readonly Action<Connection> _onLeft;
    private LoopTimer? _acceptRetry;
    private bool _isRetryReported;
    private bool _isAccepting;

    /// <param name="name">What libvirt calls this server.</param>
    /// <param name="shared">What all servers of the loop use together.</param>
    /// <param name="limits">How many clients.</param>
    /// <param name="allowedUser">The one uid whose processes are let in.</param>
    /// <param name="openSession">Begins a client's conversation.</param>
    /// <param name="onLeft">Told of a client that leaves.</param>
    internal Server(
        string name, ServerEnvironment shared, ServerLimits limits, uint allowedUser, Func<Session> openSession, Action<Connection> onLeft)
    {
        Name = name;
        Loop = shared.Loop;
        Buffers = shared.Buffers;
        Holders = shared.Holders;
        _time = shared.Time;
        Logger = shared.Logger;
        Limits = limits;
        _allowedUser = allowedUser;
        _openSession = openSession;
        _onLeft = onLeft;
    }

    /// <summary>Raised when a client came or went.</summary>
    internal event Action? ClientsChanged;

    internal string Name { get; }

    /// <summary>The clock of its connections.</summary>
    internal TimeProvider Time => _time;

    internal EpollLoop Loop { get; }

    internal TransferBuffers Buffers { get; }

    internal HolderInquiry Holders { get; }

    internal ILogger Logger { get; }

    internal ServerLimits Limits { get; set; }

    internal ulong NextClientId { get; set; } = 1;

    internal IReadOnlyCollection<Connection> Connections => _connections.Values;

    internal IReadOnlyList<ListeningSocket> Listeners => _listeners;

    internal void Listen(ListeningSocket listener)
    {
        listener.Attach(Loop, Accept);
        _listeners.Add(listener);
    }

    /// <summary>Begins to let clients in.</summary>
    internal void Start()
    {
        _isAccepting = true;
        UpdateAccepting();
    }

    /// <summary>Lets nobody in any more and ends every connection.</summary>
    internal void Stop()
    {
        _isAccepting = false;
        UpdateAccepting();
        foreach (Connection connection in _connections.Values.ToArray())
        {
            // One that fails must not keep the others from being ended.
            Loop.DoFor(connection, connection.Close);
        }
    }

    /// <summary>Takes a client over from the predecessor.</summary>
    /// <param name="socket">Its socket.</param>
    /// <param name="id">Its number in the server.</param>
    /// <param name="peerDescriptor">The pidfd of its process where the socket does not keep it; none else.</param>
    /// <param name="connectedAt">When it connected.</param>
    /// <returns>The connection, to be resumed when everything is restored; null when the descriptor is no client of ours.</returns>
    internal Connection? Adopt(Descriptor socket, ulong id, Descriptor peerDescriptor, DateTimeOffset connectedAt)
    {
        if (PeerIdentity.Of(socket) is not { } peer || peer.UserId != _allowedUser)
        {
            return null;
        }

        _ = peerDescriptor.SetCloseOnExec();
        if (peerDescriptor.IsNone && !PeerProcess.IsKeptBySocket)
        {
            peerDescriptor = PeerProcess.OfEarlier(peer, connectedAt, _time.GetUtcNow());
        }

        ulong freeId = _connections.ContainsKey(id) ? NextClientId++ : id;
        var connection = new Connection(this, socket, freeId, peer, peerDescriptor, connectedAt, _openSession());
        _connections.Add(freeId, connection);
        connection.ServeEventually();
        return connection;
    }

    internal void OnClosing(Connection connection)
    {
        _connections.Remove(connection.Id);

        // Its descriptor is free on the next turn.
        ResumeAccepting();
        _onLeft(connection);
        ClientsChanged?.Invoke();
    }

    private void Accept(ListeningSocket listener)
    {
        for (int i = 0; i < AcceptsPerTurn && _connections.Count < Math.Max(Limits.MaximumClients, 1); i++)
        {
            Descriptor socket = listener.Accept();
            if (!socket.IsNone)
            {
                _isRetryReported = false;
                AddClient(socket);
                continue;
            }

            switch (LibC.LastError)
            {
                case LibC.EAGAIN:
                    return;
                case LibC.ECONNABORTED or LibC.EINTR:
                    continue;
                default:
                    PauseAccepting(LibC.LastError);
                    return;
            }
        }
    }

    /// <summary>A socket stays ready whatever accept(2) fails with, so trying again at once would be all that the loop does.</summary>
    private void PauseAccepting(int errno)
    {
        if (!_isRetryReported)
        {
            _isRetryReported = true;
            Logger.AcceptSuspended(Name, ErrorText.Of(errno));
        }

        _acceptRetry ??= Loop.Schedule(AcceptRetryInterval, ResumeAccepting);
        UpdateAccepting();
    }

    private void ResumeAccepting()
    {
        _acceptRetry?.Cancel();
        _acceptRetry = null;
        UpdateAccepting();
    }

    private void AddClient(Descriptor socket)
    {
        ulong id = NextClientId++;
        Connection? connection = null;
        if (TryIdentify(socket, out PeerIdentity peer, out Descriptor peerProcess))
        {
            connection = new Connection(this, socket, id, peer, peerProcess, _time.GetUtcNow(), _openSession());
            if (!connection.TryServe())
            {
                Logger.AcceptFailed(Name, ErrorText.Of(LibC.LastError));
                connection = null;
            }
        }

        if (connection is null)
        {
            peerProcess.Close();
            socket.Close();
            return;
        }

        _connections.Add(id, connection);
        UpdateAccepting();
        ClientsChanged?.Invoke();
    }

    /// <returns>Whether the client is one to be let in.</returns>
    private bool TryIdentify(Descriptor socket, out PeerIdentity peer, out Descriptor peerProcess)
    {
        peer = default;
        peerProcess = Descriptor.None;
        if (PeerIdentity.Of(socket) is not { } identity)
        {
            return false;
        }

        peer = identity;
        if (peer.UserId != _allowedUser)
        {
            Logger.PeerRefused(peer.Pid.Value, peer.UserId, _allowedUser);
            return false;
        }

        if (PeerProcess.IsKeptBySocket)
        {
            return true;
        }

        // Without: gone already, or impossible to fence, so not one to give leases to.
        peerProcess = ProcessHandle.OfPid(peer.Pid).Descriptor;
        return !peerProcess.IsNone;
    }

    /// <summary>
    /// Listens or stops listening. Looked at only when a client comes or goes, so that <c>max_clients = 0</c> means what it means in
    /// libvirt: one client, ever.
    /// </summary>
    private void UpdateAccepting()
    {
        bool accept = _isAccepting && _acceptRetry is null
            && (_connections.Count < Limits.MaximumClients || (Limits.MaximumClients == 0 && NextClientId == 1));
        foreach (ListeningSocket listener in _listeners)
        {
            if (!listener.TryWatch(accept))
            {
                PauseAccepting(LibC.LastError);
            }
        }
    }
}
