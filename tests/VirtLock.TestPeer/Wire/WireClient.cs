using System.Buffers.Binary;
using System.Net.Sockets;

namespace VirtLock.TestPeer.Wire;

/// <summary>
/// A client of the lock protocol that shares no code with VirtLock: what it sends and how it reads replies checks the daemon's codec
/// independently, and it can send what no honest client would.
/// </summary>
internal sealed class WireClient : IDisposable
{
    public static readonly TimeSpan DefaultBound = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly bool _mayOwnLeases;
    private uint _serial;

    private WireClient(Socket socket, bool mayOwnLeases)
    {
        _socket = socket;
        _mayOwnLeases = mayOwnLeases;
        Bound = DefaultBound;
    }

    /// <summary>How long a read may take before it throws <see cref="TimeoutException"/>.</summary>
    public TimeSpan Bound
    {
        get => TimeSpan.FromMilliseconds(_socket.ReceiveTimeout);
        set => _socket.ReceiveTimeout = (int)value.TotalMilliseconds;
    }

    public Socket Socket => _socket;

    /// <param name="path">The daemon's lock socket.</param>
    /// <param name="mayOwnLeases">Whether this process may register itself as an owner, and so be ended by the daemon.</param>
    public static WireClient Connect(string path, bool mayOwnLeases = false)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new WireClient(socket, mayOwnLeases);
    }

    public static bool CanConnect(string path)
    {
        try
        {
            using WireClient client = Connect(path);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public WireReply Register(uint pid = 424242, string name = "demo", uint id = 7, uint flags = 0)
    {
        if (pid == Environment.ProcessId && !_mayOwnLeases)
        {
            throw new InvalidOperationException("A daemon ends the process that loses its own leases: the test run would be the victim.");
        }

        WireBody body = new WireBody().Raw([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        return Call(LockProcedure.Register, body.Text(name).UInt(id).UInt(pid).UInt(flags));
    }

    public WireReply Restrict(uint flags = 0) => Call(LockProcedure.Restrict, new WireBody().UInt(flags));

    public WireReply New(string path, uint flags = 0) => Call(LockProcedure.New, new WireBody().Text(path).UInt(flags));

    public WireReply CreateLockSpace(string path) => Call(LockProcedure.CreateLockSpace, new WireBody().Text(path));

    public WireReply Create(string path, string name, uint flags = 0) => Resource(LockProcedure.CreateResource, path, name, flags);

    public WireReply Delete(string path, string name, uint flags = 0) => Resource(LockProcedure.DeleteResource, path, name, flags);

    public WireReply Acquire(string path, string name, uint flags = 0) => Resource(LockProcedure.AcquireResource, path, name, flags);

    public WireReply Release(string path, string name, uint flags = 0) => Resource(LockProcedure.ReleaseResource, path, name, flags);

    public WireReply Resource(LockProcedure procedure, string path, string name, uint flags) =>
        Call(procedure, new WireBody().Text(path).Text(name).UInt(flags));

    /// <summary>Sends a call with the next serial and returns its reply.</summary>
    public WireReply Call(LockProcedure procedure, WireBody body) => Exchange(WireFrame.Call(procedure, body) with { Serial = _serial++ });

    /// <summary>Sends the frame as it is; the next message must be the reply to it.</summary>
    public WireReply Exchange(WireFrame frame)
    {
        Send(frame);
        WireReply reply = ReadReply();
        if (reply.Type != WireFrame.ReplyType || reply.Serial != frame.Serial || reply.Procedure != frame.Procedure
            || reply.Program != frame.Program || reply.Version != frame.Version)
        {
            throw new InvalidDataException(
                $"Asked {frame.Program:x}/{frame.Version} procedure {frame.Procedure} serial {frame.Serial}; got type {reply.Type}, "
                + $"{reply.Program:x}/{reply.Version} procedure {reply.Procedure} serial {reply.Serial}.");
        }

        return reply;
    }

    public void Send(WireFrame frame) => SendRaw(frame.ToArray());

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>Sends one byte, with the descriptor attached as ancillary data.</summary>
    public void SendDescriptor(int descriptor) => DescriptorMessage.Send((int)_socket.Handle, descriptor);

    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    public WireReply ReadReply()
    {
        byte[] word = new byte[4];
        Fill(word);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(word);
        if (length is < WireFrame.HeaderLength or > 1 << 20)
        {
            throw new InvalidDataException($"The server sent a frame of length {length}.");
        }

        byte[] rest = new byte[length - 4];
        Fill(rest);
        return new WireReply(
            BinaryPrimitives.ReadUInt32BigEndian(rest),
            BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(4)),
            BinaryPrimitives.ReadInt32BigEndian(rest.AsSpan(8)),
            BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(12)),
            BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(16)),
            BinaryPrimitives.ReadUInt32BigEndian(rest.AsSpan(20)),
            rest[24..]);
    }

    /// <summary>Waits for the server's end of the connection to close; false when bytes come instead.</summary>
    public bool IsClosedByServer()
    {
        try
        {
            return Receive(new byte[1]) == 0;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Input that the server never read turns its close into a reset.
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Fill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = Receive(buffer);
            if (count == 0)
            {
                throw new EndOfStreamException("The server closed the connection.");
            }

            buffer = buffer[count..];
        }
    }

    private int Receive(Span<byte> buffer)
    {
        try
        {
            return _socket.Receive(buffer);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new TimeoutException($"The server sent nothing within {Bound.TotalSeconds:0.#} s.", e);
        }
    }
}
