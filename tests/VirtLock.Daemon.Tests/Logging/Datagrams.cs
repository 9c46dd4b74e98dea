using System.Net.Sockets;

namespace VirtLock.Daemon.Tests.Logging;

/// <summary>A socket that datagrams are sent to, as journald and syslogd have one.</summary>
internal sealed class Datagrams : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("virtlock-log-").FullName;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    internal Datagrams()
    {
        _socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _socket.ReceiveTimeout = 10_000;
    }

    internal string SocketPath => Path.Combine(_directory, "socket");

    internal int Descriptor => (int)_socket.Handle;

    internal byte[] Receive()
    {
        byte[] bytes = new byte[64 * 1024];
        return bytes[.._socket.Receive(bytes)];
    }

    public void Dispose()
    {
        _socket.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
