using System.Buffers;
using VirtLock.Daemon.EventLoop;
using VirtLock.Posix;
using VirtLock.Protocol;
using VirtLock.Sessions;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// The socket under a session: moves its bytes. Requests are answered in order, and nothing is read while a reply waits for room in the
/// socket, so a client that does not read its replies holds up nobody but itself.
/// </summary>
internal sealed unsafe class Connection : IReadyHandler
{
    private readonly Server _server;
    private readonly Descriptor _socket;
    private ByteQueue? _input;
    private ByteQueue? _output;
    private HolderAnswer? _answer;
    private uint _watched;
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

    /// <summary>The pidfd of the peer's process where the socket does not keep it; none else.</summary>
    internal Descriptor PeerDescriptor { get; private set; }

    public void OnReady(uint events)
    {
        if (_output is not null)
        {
            Flush();
        }
        else
        {
            Read();
        }
    }

    /// <summary>What the successor needs to go on with this client.</summary>
    internal ClientSnapshot ToSnapshot()
    {
        var lockSession = Session as LockSession;
        return new ClientSnapshot
        {
            Id = Id,
            Descriptor = _socket.Number,
            ConnectedAt = ConnectedAt,
            IsRestricted = lockSession?.IsRestricted ?? false,
            Owner = lockSession?.Owner,
            PeerDescriptor = PeerDescriptor.Number,
            Input = _input?.Unread.ToArray() ?? [],
            Output = _output?.Unread.ToArray() ?? [],
        };
    }

    /// <summary>Goes on where the predecessor stopped: the replies that were not sent, the requests that were not handled.</summary>
    internal void Resume(ClientSnapshot snapshot)
    {
        Send(snapshot.Output.Span);
        if (!snapshot.Input.IsEmpty && !_isClosed)
        {
            _input = new ByteQueue();
            _input.Write(snapshot.Input.Span);
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
        HolderQuestion? question = null;
        bool isMalformed = false;
        while (question is null)
        {
            FrameStatus status = PacketFramer.TryRead(
                input[consumed..], out PacketHeader header, out ReadOnlySpan<byte> body, out int length);
            if (status == FrameStatus.Complete && header.Type is MessageType.CallWithFds)
            {
                status = SkipDescriptors(input.Length - consumed, ref body, ref length);
            }

            if (status != FrameStatus.Complete)
            {
                isMalformed = status == FrameStatus.Malformed;
                break;
            }

            question = Session.Handle(header, body, _answer, output);
            if (question is null)
            {
                _answer = null;
                consumed += length;
            }
        }

        Send(output.Unread);
        output.Clear();
        if (isMalformed)
        {
            Close();
        }
        else if (question is { } asked && !_isClosed)
        {
            Ask(asked);
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

    /// <summary>Finds a holder off the loop, and reads nothing more from this client until it is known.</summary>
    private void Ask(HolderQuestion question)
    {
        Watch(0);
        _server.Holders.Ask(question, answer =>
        {
            if (_isClosed)
            {
                return;
            }

            _answer = answer;
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
