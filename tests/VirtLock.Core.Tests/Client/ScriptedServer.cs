using System.Buffers;
using System.Net.Sockets;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Client;

/// <summary>A peer that answers one client as the test says, call by call, also in ways no daemon does.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("virtlock-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Socket? _peer;

    /// <param name="answer">Gets each call's header and writes whatever is to be sent.</param>
    public ScriptedServer(Action<PacketHeader, ArrayBufferWriter<byte>> answer)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        Served = Task.Run(() => ServeAsync(answer));
    }

    public string SocketPath => Path.Combine(_directory, "sock");

    /// <summary>Completes when the client has closed its side, or this one did.</summary>
    public Task Served { get; }

    public void Send(ReadOnlySpan<byte> bytes) => _peer!.Send(bytes);

    /// <summary>From here on the client can send nothing, though it does not see an end.</summary>
    public void StopReceiving() => _peer!.Shutdown(SocketShutdown.Receive);

    public void HangUp() => _peer!.Dispose();

    public void Dispose()
    {
        _listener.Dispose();
        _peer?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ServeAsync(Action<PacketHeader, ArrayBufferWriter<byte>> answer)
    {
        try
        {
            _peer = await _listener.AcceptAsync();
            var input = new ByteQueue();
            int count;
            while ((count = await _peer.ReceiveAsync(input.GetMemory(4096))) > 0)
            {
                input.Advance(count);
                while (PacketFramer.TryRead(input.Unread, out PacketHeader header, out _, out int length) == FrameStatus.Complete)
                {
                    input.Consume(length);
                    var output = new ArrayBufferWriter<byte>();
                    answer(header, output);
                    _peer.Send(output.WrittenSpan);
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The test is over, or the client closed on what it was sent.
        }
    }
}
