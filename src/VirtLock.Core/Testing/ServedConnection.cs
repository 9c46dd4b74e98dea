using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Testing;

/// <summary>One client of a <see cref="LockTestServer"/>.</summary>
internal sealed class ServedConnection
{
    private const int ReceiveSize = 4096;

    private readonly Socket _socket;
    private readonly LockSession _session;
    private readonly Lock _gate;

    /// <param name="socket">The accepted socket.</param>
    /// <param name="session">The conversation.</param>
    /// <param name="gate">Held whenever the session, and so the model, is touched.</param>
    internal ServedConnection(Socket socket, LockSession session, Lock gate)
    {
        _socket = socket;
        _session = session;
        _gate = gate;
        Peer = PeerOf(socket);
    }

    /// <summary>The process that connected.</summary>
    internal ProcessId Peer { get; }

    internal bool OwnsItsLeases => _session.Owner?.Pid == Peer;

    /// <summary>Completes when the connection has ended and been cleaned up after.</summary>
    internal Task Served { get; private set; } = Task.CompletedTask;

    internal void Start(Action<ServedConnection> onEnded) => Served = Task.Run(async () =>
    {
        await ServeAsync().ConfigureAwait(false);
        onEnded(this);
    });

    internal void Close() => _socket.Dispose();

    /// <summary>struct ucred begins with the pid: unix(7), SO_PEERCRED.</summary>
    private static ProcessId PeerOf(Socket socket)
    {
        const int SolSocket = 1;
        const int SoPeerCred = 17;
        const int CredentialsSize = 12;

        Span<byte> credentials = stackalloc byte[CredentialsSize];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return new ProcessId(BitConverter.ToUInt32(credentials));
    }

    private async Task ServeAsync()
    {
        var input = new ByteQueue(ProtocolConstants.MaximumFrameLength + ReceiveSize);
        var output = new ArrayBufferWriter<byte>();
        try
        {
            int count;
            while ((count = await _socket.ReceiveAsync(input.GetMemory(ReceiveSize)).ConfigureAwait(false)) > 0)
            {
                input.Advance(count);
                bool isSound = HandlePackets(input, output);
                for (ReadOnlyMemory<byte> unsent = output.WrittenMemory; !unsent.IsEmpty;)
                {
                    unsent = unsent[await _socket.SendAsync(unsent).ConfigureAwait(false)..];
                }

                output.ResetWrittenCount();
                if (!isSound)
                {
                    return;
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The client has gone, or the test closed it: either way this conversation is over.
        }
        finally
        {
            _socket.Dispose();
        }
    }

    /// <returns>False if the stream can't be followed any more.</returns>
    private bool HandlePackets(ByteQueue input, ArrayBufferWriter<byte> output)
    {
        FrameStatus status;
        while ((status = PacketFramer.TryRead(input.Unread, out PacketHeader header, out ReadOnlySpan<byte> body, out int length))
            == FrameStatus.Complete)
        {
            if (header.Type == MessageType.CallWithFds)
            {
                // Descriptors can't be received here; a count of none makes it an ordinary call.
                if (BinaryPrimitives.TryReadUInt32BigEndian(body, out uint descriptors) && descriptors == 0)
                {
                    body = body[sizeof(uint)..];
                }
                else
                {
                    return false;
                }
            }

            lock (_gate)
            {
                if (_session.Handle(header, body, output) is { } pending)
                {
                    // Looks for the holder in place: a test can wait. A delay, which no driver in memory has, is not waited for.
                    pending.Complete(pending.IsDelayed ? null : HolderSearch.Find(pending.File), output);
                }
            }

            input.Consume(length);
        }

        return status == FrameStatus.Incomplete;
    }
}
