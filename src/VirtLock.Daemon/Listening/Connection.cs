using System.Buffers;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// The socket under a session: moves its bytes. Requests are answered in order, and nothing is read while a reply waits for room in the
/// socket, so a client that does not read its replies holds up nobody but itself.
/// </summary>
internal sealed unsafe partial class Connection : IReadyHandler
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Server _server;
    private readonly Descriptor _socket;
    private ByteQueue? _input;
    private ByteQueue? _output;
    private uint _watchedFor;
    private bool _isWatched;
    private bool _isWaiting;
    private bool _isClosed;

    /// <param name="server">The server that it belongs to.</param>
    /// <param name="socket">The socket, which becomes the connection's to close.</param>
    /// <param name="id">Its number in the server.</param>
    /// <param name="peer">Who connected.</param>
    /// <param name="peerProcess">The pidfd of the peer's process where the socket does not keep it; none else.</param>
    /// <param name="connectedAt">When.</param>
    /// <param name="session">The conversation.</param>
    internal Connection(
        Server server, Descriptor socket, ulong id, PeerIdentity peer, Descriptor peerProcess, DateTimeOffset connectedAt, Session session)
    {
        _server = server;
        _socket = socket;
        Id = id;
        Peer = peer;
        ConnectedAt = connectedAt;
        Session = session;
        PeerDescriptor = peerProcess;
    }

    /// <summary>Counts from 1 in each server; refused clients use numbers up as well.</summary>
    internal ulong Id { get; }

    internal PeerIdentity Peer { get; }

    internal DateTimeOffset ConnectedAt { get; }

    internal Session Session { get; }

    /// <summary>The socket.</summary>
    internal Descriptor Socket => _socket;

    /// <summary>The pidfd of the peer's process where the socket does not keep it; none else.</summary>
    internal Descriptor PeerDescriptor { get; private set; }

    /// <summary>What was received and not yet dealt with.</summary>
    internal ReadOnlySpan<byte> UnreadInput => _input is null ? default : _input.Unread;

    /// <summary>Replies, or what is left of one, that the socket had no room for.</summary>
    internal ReadOnlySpan<byte> UnsentOutput => _output is null ? default : _output.Unread;

    /// <summary>
    /// What the socket is watched for. A hang-up is reported whatever that is, so a client that dies while a reply is awaited is known to
    /// be dead.
    /// </summary>
    private uint Awaited => _output is not null ? LibC.EPOLLOUT : _isWaiting ? 0 : LibC.EPOLLIN;

    public void OnReady(uint events)
    {
        if (_output is not null)
        {
            Flush();
        }
        else if (_isWaiting)
        {
            // Nothing else is meant for now.
            if ((events & (LibC.EPOLLHUP | LibC.EPOLLERR)) != 0)
            {
                Close();
            }
        }
        else
        {
            Read();
        }
    }

    /// <inheritdoc/>
    public bool OnFailed()
    {
        // What a request that failed has left there is no reply.
        _server.Buffers.Output.Clear();
        Close();
        return true;
    }

    /// <summary>Begins to serve the client.</summary>
    /// <returns>False if its socket can't be watched, with the reason in <see cref="LibC.LastError"/>.</returns>
    internal bool TryServe()
    {
        _watchedFor = Awaited;
        _isWatched = _server.Loop.TryAdd(_socket, _watchedFor, this);
        return _isWatched;
    }

    /// <summary>
    /// Begins to serve a client that can't be turned away, as it may hold leases: if its socket can't be watched now, then later.
    /// </summary>
    internal void ServeEventually()
    {
        if (!_isClosed && !TryServe())
        {
            _server.Loop.Schedule(RetryInterval, ServeEventually);
        }
    }

    /// <summary>Goes on where the predecessor stopped.</summary>
    /// <param name="unsent">Replies that were not sent.</param>
    /// <param name="unread">Requests that were not handled.</param>
    internal void Resume(ReadOnlyMemory<byte> unsent, ReadOnlyMemory<byte> unread) => _server.Loop.DoFor(this, () =>
    {
        Send(unsent.Span);
        if (!unread.IsEmpty && !_isClosed)
        {
            _input = new ByteQueue();
            _input.Write(unread.Span);
            HandleInput();
            NoteInput();
        }
    });

    /// <summary>Ends the connection. What the peer's leases come to is the server's business.</summary>
    internal void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _retry?.Cancel();
        if (_isWatched)
        {
            _server.Loop.Remove(_socket);
        }

        _server.Buffers.Kept.Set(this, 0);
        try
        {
            _server.OnClosing(this);
        }
        finally
        {
            _socket.Close();
            PeerDescriptor.Close();

            // Its number may be what the reserve lost to the peer's pidfd.
            DescriptorReserve.Fill();
        }
    }

    /// <summary>Ends the connection because all of them together keep too many half-sent requests, and this one most of them.</summary>
    internal void CloseAsGreediest()
    {
        _server.Logger.GreedyClientClosed(Peer.Pid.Value, UnreadInput.Length);
        Close();
    }

    /// <summary>The peer's process, whose pidfd is now the caller's to close. For a connection that is closing.</summary>
    internal ProcessHandle TakePeer()
    {
        ProcessHandle process = PeerDescriptor.IsNone ? PeerProcess.Of(_socket) : ProcessHandle.Of(PeerDescriptor);
        PeerDescriptor = Descriptor.None;
        return process;
    }

    private void Read()
    {
        TransferBuffers buffers = _server.Buffers;
        int room = _input is not null && PacketFramer.ClaimedLength(_input.Unread) > TransferBuffers.TurnSize
            ? TransferBuffers.InputSize
            : TransferBuffers.TurnSize;
        nint received = LibC.recv(_socket.Number, buffers.Input, (nuint)room, LibC.MSG_DONTWAIT);
        if (received <= 0)
        {
            if (received == 0 || LibC.LastError is not (LibC.EAGAIN or LibC.EINTR))
            {
                Close();
            }

            return;
        }

        var bytes = new ReadOnlySpan<byte>(buffers.Input, (int)received);
        if (_input is null)
        {
            int consumed = HandlePackets(bytes);
            if (consumed < bytes.Length && !_isClosed)
            {
                _input = new ByteQueue();
                _input.Write(bytes[consumed..]);
                DropSurplus();
            }
        }
        else
        {
            _input.Write(bytes);
            HandleInput();
        }

        NoteInput();
    }

    /// <summary>Deals with what was kept from earlier reads.</summary>
    private void HandleInput()
    {
        _input!.Consume(HandlePackets(_input.Unread));
        if (_input.Count == 0)
        {
            _input = null;
        }
        else
        {
            DropSurplus();
        }
    }

    /// <summary>
    /// Of a packet under way, keeps what its procedure reads. The rest is let through unseen, so 32 MiB that a client sends, or does not
    /// send to the end, cost no more than a request.
    /// </summary>
    private void DropSurplus()
    {
        if (!_isWaiting)
        {
            PacketFramer.DropSurplus(_input!, Session.LongestCall);
        }
    }

    /// <summary>Answers every whole packet, then sends the replies.</summary>
    /// <returns>How many bytes were dealt with.</returns>
    private int HandlePackets(ReadOnlySpan<byte> input)
    {
        ByteQueue output = _server.Buffers.Output;
        int consumed = 0;
        int length = 0;
        PendingReply? pending = null;
        bool isMalformed = false;
        while (pending is null)
        {
            FrameStatus status = PacketFramer.TryRead(
                input[consumed..], out PacketHeader header, out ReadOnlySpan<byte> body, out length);
            if (status == FrameStatus.Complete && header.Type is MessageType.CallWithFds)
            {
                status = SkipDescriptors(input.Length - consumed, ref body, ref length);
            }

            if (status != FrameStatus.Complete)
            {
                isMalformed = status == FrameStatus.Malformed;
                break;
            }

            pending = Session.Handle(header, body, output);
            consumed += pending is null ? length : 0;
        }

        Send(output.Unread);
        output.Clear();
        if (isMalformed)
        {
            Close();
        }
        else if (pending is { IsDelayed: true } && !_isClosed)
        {
            TryLater(pending, length);
        }
        else
        {
            _delayed = null;
            if (pending is not null && !_isClosed)
            {
                Await(pending, length);
            }
        }

        return consumed;
    }

    /// <summary>
    /// A packet that announces descriptors has their number before its arguments, and is followed by one byte with a descriptor for each.
    /// No procedure uses any: reading the bytes without asking for what is attached to them has the kernel close it (unix(7)).
    /// </summary>
    private static FrameStatus SkipDescriptors(int received, ref ReadOnlySpan<byte> body, ref int length)
    {
        if (!PacketFramer.TryReadDescriptorCount(body, out int count, out body))
        {
            return FrameStatus.Malformed;
        }

        length += count;
        return length <= received ? FrameStatus.Complete : FrameStatus.Incomplete;
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || _isClosed)
        {
            return;
        }

        int sent = _output is null ? TrySend(bytes) : 0;
        if (sent < bytes.Length && !_isClosed)
        {
            _output ??= new ByteQueue();
            _output.Write(bytes[sent..]);
            Rewatch();
        }
    }

    private void Flush()
    {
        _output!.Consume(TrySend(_output.Unread));
        if (_output.Count == 0 && !_isClosed)
        {
            _output = null;
            Rewatch();
        }
    }

    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        nint sent = LibC.send(_socket.Number, bytes, (nuint)bytes.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
        if (sent < 0 && LibC.LastError is not (LibC.EAGAIN or LibC.EINTR))
        {
            Close();
        }

        return (int)Math.Max(sent, 0);
    }

    private void NoteInput()
    {
        if (!_isClosed)
        {
            _server.Buffers.Kept.Set(this, UnreadInput.Length);
        }
    }

    private void Rewatch()
    {
        if (_isWatched && !_isClosed && Awaited != _watchedFor)
        {
            _watchedFor = Awaited;
            _server.Loop.Modify(_socket, _watchedFor);
        }
    }
}
