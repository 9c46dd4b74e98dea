using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Posix;
using VirtLock.Protocol;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>A client that sends whatever the test wants, and waits for answers with a bound.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
    {
        ReceiveTimeout = (int)Patience.Limit.TotalMilliseconds,
        SendTimeout = (int)Patience.Limit.TotalMilliseconds,
    };

    internal TestClient(string path) => _socket.Connect(new UnixDomainSocketEndPoint(path));

    internal static byte[] Ping { get; } = Frame(
        new PacketHeader(ProtocolConstants.KeepaliveProgram, 1, (int)KeepaliveProcedure.Ping, MessageType.Message, 0, MessageStatus.Ok));

    internal static byte[] Pong { get; } = Frame(
        new PacketHeader(ProtocolConstants.KeepaliveProgram, 1, (int)KeepaliveProcedure.Pong, MessageType.Message, 0, MessageStatus.Ok));

    /// <summary>How much has arrived and was not received.</summary>
    internal int Available => _socket.Available;

    /// <summary>A call of the admin program's first procedure, which is answered with an error.</summary>
    internal static byte[] Call(uint serial, MessageType type = MessageType.Call, params byte[] body) =>
        Frame(new PacketHeader(ProtocolConstants.AdminProgram, ProtocolConstants.AdminVersion, 1, type, serial, MessageStatus.Ok), body);

    internal static byte[] Frame(PacketHeader header, params byte[] body)
    {
        var frame = new ByteQueue();
        PacketWriter.Write(frame, header, body);
        return frame.Unread.ToArray();
    }

    /// <summary>A registration with the lock program.</summary>
    internal static byte[] Register(uint serial)
    {
        var call = new ByteQueue();
        CallWriter.Write(call, LockProcedure.Register, serial, new RegisterArguments(new byte[16], "guest"u8, 1, 424242, 0));
        return call.Unread.ToArray();
    }

    /// <summary>A call of the lock program that acquires a file, with more behind its arguments than anybody reads.</summary>
    internal static byte[] Acquire(uint serial, string file, int surplus = 0) => Frame(
        new PacketHeader(
            ProtocolConstants.LockProgram, 1, (int)LockProcedure.AcquireResource, MessageType.Call, serial, MessageStatus.Ok),
        [.. Text(""), .. Text(file), 0, 0, 0, 0, .. new byte[surplus]]);

    internal void Send(params ReadOnlySpan<byte> bytes) => Assert.That(_socket.Send(bytes), Is.EqualTo(bytes.Length));

    /// <summary>Sends what goes without waiting.</summary>
    /// <returns>How many bytes went.</returns>
    internal int TrySend(ReadOnlySpan<byte> bytes)
    {
        _socket.Blocking = false;
        int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
        _socket.Blocking = true;
        Assert.That(error, Is.AnyOf(SocketError.Success, SocketError.WouldBlock));
        return error == SocketError.Success ? sent : 0;
    }

    /// <summary>Sends one byte with a descriptor attached: unix(7).</summary>
    internal unsafe void SendDescriptor(Descriptor descriptor)
    {
        const int MessageLength = 16 + sizeof(int);
        ulong* control = stackalloc ulong[3];
        var header = (LibC.cmsghdr*)control;
        header->cmsg_len = MessageLength;
        header->cmsg_level = LibC.SOL_SOCKET;
        header->cmsg_type = LibC.SCM_RIGHTS;
        *(int*)(header + 1) = descriptor.Number;
        byte data = 0;
        var part = new LibC.iovec { iov_base = &data, iov_len = 1 };
        var message = new LibC.msghdr { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = 3 * sizeof(ulong) };
        Assert.That(LibC.sendmsg((int)_socket.Handle, &message, 0), Is.EqualTo((nint)1));
    }

    /// <summary>Receives one whole frame.</summary>
    internal byte[] Receive()
    {
        byte[] length = ReceiveExactly(ProtocolConstants.LengthWordSize);
        return [.. length, .. ReceiveExactly(BinaryPrimitives.ReadInt32BigEndian(length) - length.Length)];
    }

    /// <summary>Receives the reply that refuses a request.</summary>
    /// <returns>Its serial and what it says.</returns>
    internal (uint Serial, string Message) ReceiveRefusal()
    {
        byte[] frame = Receive();
        Assert.That(
            PacketFramer.TryRead(frame, out PacketHeader header, out ReadOnlySpan<byte> body, out _), Is.EqualTo(FrameStatus.Complete));
        Assert.That(header.Status, Is.EqualTo(MessageStatus.Error));
        return (header.Serial, Encoding.UTF8.GetString(body));
    }

    /// <summary>Receives a reply and tells whose it is.</summary>
    internal PacketHeader ReceiveHeader()
    {
        Assert.That(PacketFramer.TryRead(Receive(), out PacketHeader header, out _, out _), Is.EqualTo(FrameStatus.Complete));
        return header;
    }

    /// <summary>Sends no more, and still receives.</summary>
    internal void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Waits for the server to close the connection; anything that comes before fails the test.</summary>
    internal void ReceiveEnd()
    {
        int received = _socket.Receive(new byte[1], SocketFlags.None, out SocketError error);
        Assert.That((received, error), Is.EqualTo((0, SocketError.Success)).Or.EqualTo((0, SocketError.ConnectionReset)));
    }

    /// <summary>Pings, and waits for the answer.</summary>
    internal void AssertServed()
    {
        Send(Ping);
        Assert.That(Receive(), Is.EqualTo(Pong));
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Text(string value)
    {
        byte[] bytes = new byte[sizeof(uint) + ((value.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value.Length);
        Encoding.ASCII.GetBytes(value, bytes.AsSpan(sizeof(uint)));
        return bytes;
    }

    private byte[] ReceiveExactly(int count)
    {
        byte[] bytes = new byte[count];
        for (int received = 0; received < count;)
        {
            int more = _socket.Receive(bytes.AsSpan(received));
            Assert.That(more, Is.GreaterThan(0), "the connection is open");
            received += more;
        }

        return bytes;
    }
}
