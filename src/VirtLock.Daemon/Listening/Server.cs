using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Logging;
using VirtLock.Posix;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Listening;

/// <summary>One of the daemon's sockets with its clients: whom it lets in, how many, and who is there.</summary>
internal sealed unsafe class Server
{
    /// <summary>How many clients are let in per turn, so that a storm of them does not keep those who are in from being served.</summary>
    private const int AcceptsPerTurn = 16;

    /// <summary>How long to wait when descriptors have run out, as libvirt's daemon does.</summary>
    private static readonly TimeSpan OutOfDescriptorsDelay = TimeSpan.FromSeconds(5);

    private readonly Dictionary<ulong, Connection> _connections = [];
    private readonly List<ListeningSocket> _listeners = [];
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly uint _allowedUser;
    private readonly Func<Session> _openSession;
    private readonly Action<Connection> _onLeft;
    private LoopTimer? _outOfDescriptors;
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
        _logger = shared.Logger;
        Limits = limits;
        _allowedUser = allowedUser;
        _openSession = openSession;
        _onLeft = onLeft;
    }

    /// <summary>Raised when a client came or went.</summary>
    internal event Action? ClientsChanged;

    internal string Name { get; }

    internal EpollLoop Loop { get; }

    internal TransferBuffers Buffers { get; }

    internal HolderInquiry Holders { get; }

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
        Admit();
    }

    /// <summary>Lets nobody in any more and ends every connection.</summary>
    internal void Stop()
    {
        _isAccepting = false;
        Admit();
        foreach (Connection connection in _connections.Values.ToArray())
        {
            connection.Close();
        }
    }

    /// <summary>Takes a client over from the predecessor.</summary>
    /// <param name="descriptor">Its socket.</param>
    /// <param name="id">Its number in the server.</param>
    /// <param name="peerDescriptor">The pidfd of its process where the socket does not keep it; -1 else.</param>
    /// <param name="connectedAt">When it connected.</param>
    /// <returns>The connection, to be resumed when everything is restored; null when the descriptor is no client of ours.</returns>
    internal Connection? Adopt(int descriptor, ulong id, int peerDescriptor, DateTimeOffset connectedAt)
    {
        if (PeerIdentity.Of(descriptor) is not { } peer || peer.UserId != _allowedUser)
        {
            return null;
        }

        if (peerDescriptor >= 0)
        {
            _ = LibC.fcntl(peerDescriptor, LibC.F_SETFD, LibC.FD_CLOEXEC);
        }

        ulong freeId = _connections.ContainsKey(id) ? NextClientId++ : id;
        var connection = new Connection(this, descriptor, freeId, peer, peerDescriptor, connectedAt, _openSession());
        _connections.Add(freeId, connection);
        return connection;
    }

    internal void OnClosing(Connection connection)
    {
        _connections.Remove(connection.Id);
        _onLeft(connection);
        Admit();
        ClientsChanged?.Invoke();
    }

    private void Accept(int listener)
    {
        for (int i = 0; i < AcceptsPerTurn && _connections.Count < Math.Max(Limits.MaximumClients, 1); i++)
        {
            int socket = LibC.accept4(listener, null, null, LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK);
            if (socket >= 0)
            {
                AddClient(socket);
                continue;
            }

            switch (LibC.LastError)
            {
                case LibC.EAGAIN:
                    return;
                case LibC.ECONNABORTED or LibC.EINTR:
                    continue;
                case LibC.EMFILE or LibC.ENFILE or LibC.ENOMEM or LibC.ENOBUFS:
                    _logger.AcceptSuspended(Name, ErrorText.Of(LibC.LastError), OutOfDescriptorsDelay.TotalSeconds);
                    _outOfDescriptors = Loop.Schedule(OutOfDescriptorsDelay, () =>
                    {
                        _outOfDescriptors = null;
                        Admit();
                    });
                    Admit();
                    return;
                default:
                    _logger.AcceptFailed(Name, ErrorText.Of(LibC.LastError));
                    return;
            }
        }
    }

    private void AddClient(int socket)
    {
        ulong id = NextClientId++;
        if (PeerIdentity.Of(socket) is not { } peer)
        {
            _ = LibC.close(socket);
            return;
        }

        if (peer.UserId != _allowedUser)
        {
            _logger.PeerRefused(peer.Pid.Value, peer.UserId, _allowedUser);
            _ = LibC.close(socket);
            return;
        }

        int peerDescriptor = PeerProcess.IsKeptBySocket ? -1 : PeerProcess.OpenByPid(peer.Pid);
        if (peerDescriptor < 0 && !PeerProcess.IsKeptBySocket)
        {
            // Gone already, or impossible to fence: not one to give leases to.
            _ = LibC.close(socket);
            return;
        }

        _connections.Add(id, new Connection(this, socket, id, peer, peerDescriptor, _time.GetUtcNow(), _openSession()));
        Admit();
        ClientsChanged?.Invoke();
    }

    /// <summary>
    /// Listens or stops listening. Looked at only when a client comes or goes, so that <c>max_clients = 0</c> means what it means in libvirt: one
    /// client, ever.
    /// </summary>
    private void Admit()
    {
        bool accept = _isAccepting && _outOfDescriptors is null
            && (_connections.Count < Limits.MaximumClients || (Limits.MaximumClients == 0 && NextClientId == 1));
        foreach (ListeningSocket listener in _listeners)
        {
            listener.Watch(accept);
        }
    }
}
