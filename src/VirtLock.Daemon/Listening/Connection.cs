using System.Buffers;
using VirtLock.Daemon.EventLoop;
using VirtLock.Posix;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// The socket under a session: moves its bytes. Requests are answered in order, and nothing is read while a reply waits for room in the
/// socket, so a client that does not read its replies holds up nobody but itself.
/// </summary>
internal sealed unsafe class Connection : IReadyHandler
{
    /// <summary>
    /// How long a client waits for a file that another program has a lease on: longer than the kernel gives that program to give it back.
    /// </summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly Server _server;
    private readonly Descriptor _socket;
    private ByteQueue? _input;
    private ByteQueue? _output;
    private uint _watched;
    private LoopTimer? _retry;
    private (uint Serial, long Since)? _delayed;
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
        Watch(LibC.EPOLLIN);
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

    public void OnReady(uint events)
    {
        if (_watched == LibC.EPOLLHUP)
        {
            // Nothing else is meant for now, such as input that was seen before the client had to wait.
            if ((events & LibC.EPOLLHUP) != 0)
            {
                Close();
            }

            return;
        }

        if (_output is not null)
        {
            Flush();
        }
        else
        {
            Read();
        }
    }

    /// <summary>Goes on where the predecessor stopped.</summary>
    /// <param name="unsent">Replies that were not sent.</param>
    /// <param name="unread">Requests that were not handled.</param>
    internal void Resume(ReadOnlySpan<byte> unsent, ReadOnlySpan<byte> unread)
    {
        Send(unsent);
        if (!unread.IsEmpty && !_isClosed)
        {
            _input = new ByteQueue();
            _input.Write(unread);
            HandleInput();
        }
    }

    /// <summary>Ends the connection. What the peer's leases come to is the server's business.</summary>
    internal void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _retry?.Cancel();
        Watch(0);
        _server.OnClosing(this);
        _socket.Close();
        PeerDescriptor.Close();
    }

    /// <summary>
    /// The pidfd of the peer's process, now the caller's to close; none when it is dead. For a connection that is closing.
    /// </summary>
    internal Descriptor TakePeer()
    {
        Descriptor process = PeerProcess.IsKeptBySocket ? PeerProcess.OpenBySocket(_socket) : PeerDescriptor;
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
            }
        }
        else
        {
            _input.Write(bytes);
            HandleInput();
        }
    }

    /// <summary>Deals with what was kept from earlier reads.</summary>
    private void HandleInput()
    {
        _input!.Consume(HandlePackets(_input.Unread));
        if (_input.Count == 0)
        {
            _input = null;
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
        else if (pending is not null && !_isClosed)
        {
            Await(pending, length);
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

    /// <summary>
    /// Has what a reply waits for found out off the loop, and deals with nothing more from this client until then. Its request stays in the
    /// input: should an upgrade come first, the successor handles it anew.
    /// </summary>
    /// <param name="pending">The reply.</param>
    /// <param name="length">How long its request is, in bytes.</param>
    private void Await(PendingReply pending, int length)
    {
        Watch(0);
        _server.Holders.Find(pending.File, holder =>
        {
            if (_isClosed)
            {
                return;
            }

            pending.Complete(holder, _server.Buffers.Output);
            _input!.Consume(length);
            Watch(_output is null ? LibC.EPOLLIN : LibC.EPOLLOUT);
            HandleInput();
        });
    }

    /// <summary>
    /// Handles a request anew after a while, as its file could not be opened yet. What is longest waited for comes at the longest
    /// intervals. A client that goes meanwhile is not kept waiting for: it may be an owner that is to be fenced.
    /// </summary>
    /// <param name="pending">What to reply when the client has waited long enough.</param>
    /// <param name="length">How long its request is, in bytes.</param>
    private void TryLater(PendingReply pending, int length)
    {
        long since = _delayed is { } earlier && earlier.Serial == pending.Serial ? earlier.Since : _server.Time.GetTimestamp();
        _delayed = (pending.Serial, since);
        TimeSpan waited = _server.Time.GetElapsedTime(since);
        Watch(LibC.EPOLLHUP);
        _retry = _server.Loop.Schedule(TimeSpan.FromTicks(Math.Clamp(waited.Ticks, ShortestPause.Ticks, LongestPause.Ticks)), () =>
        {
            if (waited >= LongestDelay)
            {
                _delayed = null;
                pending.Complete(null, _server.Buffers.Output);
                _input!.Consume(length);
            }

            Watch(_output is null ? LibC.EPOLLIN : LibC.EPOLLOUT);
            HandleInput();
        });
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
            Watch(LibC.EPOLLOUT);
        }
    }

    private void Flush()
    {
        _output!.Consume(TrySend(_output.Unread));
        if (_output.Count == 0 && !_isClosed)
        {
            _output = null;
            Watch(LibC.EPOLLIN);
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

    /// <summary>A socket watched for nothing leaves the loop altogether: a hang-up would be reported for ever.</summary>
    private void Watch(uint events)
    {
        if (events == _watched)
        {
            return;
        }

        if (_watched == 0)
        {
            _server.Loop.Add(_socket, events, this);
        }
        else if (events == 0)
        {
            _server.Loop.Remove(_socket);
        }
        else
        {
            _server.Loop.Modify(_socket, events);
        }

        _watched = events;
    }
}
