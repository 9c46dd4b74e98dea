using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using VirtLock.Protocol;

namespace VirtLock.Client;

/// <summary>
/// One socket to a daemon: sends calls, one frame after the other, and hands each answer to the call with its serial. Several calls may be
/// under way. It ends once, for one reason, which every call under way is told.
/// </summary>
[SuppressMessage(
    "Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "End disposes of what needs it.")]
internal sealed class ClientConnection
{
    /// <summary>
    /// More than the longest error that quotes the longest names in all of its texts; a peer that claims more is no lock daemon.
    /// </summary>
    internal const int MaximumReplyLength = 1024 * 1024;

    private const int ReceiveSize = 4096;

    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly Action<ClientConnection, LockConnectionException> _onEnded;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Dictionary<uint, PendingCall> _pending = [];
    private LockConnectionException? _reason;
    private uint _nextSerial;

    private ClientConnection(Socket socket, Action<ClientConnection, LockConnectionException> onEnded)
    {
        _socket = socket;
        _onEnded = onEnded;
    }

    internal bool IsOpen => Volatile.Read(ref _reason) is null;

    /// <param name="path">The socket.</param>
    /// <param name="onEnded">Told once, whatever the reason.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    internal static async Task<ClientConnection> OpenAsync(
        string path, Action<ClientConnection, LockConnectionException> onEnded, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new LockConnectionException($"No lock daemon answers at {path}: {failure.Message}", cause: failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new ClientConnection(socket, onEnded);
        _ = connection.ReceiveAsync();
        return connection;
    }

    /// <summary>
    /// Sends a call and waits for its answer, however long it takes. A caller that gives up leaves the task to itself,
    /// so that the stream stays whole.
    /// </summary>
    /// <returns>The error, or null for success.</returns>
    internal async Task<RemoteError?> CallAsync(LockProcedure procedure, Action<IBufferWriter<byte>, uint> write)
    {
        var frame = new ArrayBufferWriter<byte>();
        uint serial = Interlocked.Increment(ref _nextSerial) - 1;
        write(frame, serial);
        var call = new PendingCall(procedure);
        lock (_gate)
        {
            if (_reason is not null)
            {
                throw new LockConnectionException(_reason.Message, cause: _reason);
            }

            _pending.Add(serial, call);
        }

        await SendAsync(frame.WrittenMemory).ConfigureAwait(false);
        return await call.Task.ConfigureAwait(false);
    }

    internal void End(LockConnectionException reason)
    {
        PendingCall[] pending;
        lock (_gate)
        {
            if (_reason is not null)
            {
                return;
            }

            Volatile.Write(ref _reason, reason);
            pending = [.. _pending.Values];
            _pending.Clear();
        }

        _socket.Dispose();
        _onEnded(this, reason);
        foreach (PendingCall call in pending)
        {
            call.Fail(reason);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame)
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            while (!frame.IsEmpty)
            {
                frame = frame[await _socket.SendAsync(frame).ConfigureAwait(false)..];
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Every call under way is told through its own task, this one too.
            End(new LockConnectionException($"The connection broke: {failure.Message}", isOutcomeUnknown: true, failure));
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        var input = new ByteQueue(MaximumReplyLength + ReceiveSize);
        LockConnectionException reason;
        try
        {
            int count;
            while ((count = await _socket.ReceiveAsync(input.GetMemory(ReceiveSize)).ConfigureAwait(false)) > 0)
            {
                input.Advance(count);
                await HandleAsync(input).ConfigureAwait(false);
            }

            reason = new LockConnectionException("The daemon closed the connection.", isOutcomeUnknown: true);
        }
        catch (LockProtocolException violation)
        {
            reason = violation;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            reason = new LockConnectionException($"The connection broke: {failure.Message}", isOutcomeUnknown: true, failure);
        }

        End(reason);
    }

    /// <summary>Deals with every whole packet.</summary>
    private async ValueTask HandleAsync(ByteQueue input)
    {
        int pings = HandlePackets(input);
        var pongs = new ArrayBufferWriter<byte>();
        for (; pings > 0; pings--)
        {
            Keepalive.WritePong(pongs);
        }

        if (pongs.WrittenCount > 0)
        {
            await SendAsync(pongs.WrittenMemory).ConfigureAwait(false);
        }
    }

    /// <returns>How many pings want an answer.</returns>
    private int HandlePackets(ByteQueue input)
    {
        int pings = 0;
        while (true)
        {
            switch (PacketFramer.TryRead(input.Unread, out PacketHeader header, out ReadOnlySpan<byte> body, out int length))
            {
                case FrameStatus.Malformed:
                    throw new LockProtocolException("The peer sent what can't be a packet.");
                case FrameStatus.Incomplete when PacketFramer.ClaimedLength(input.Unread) > MaximumReplyLength:
                    throw new LockProtocolException($"The peer announced a packet of more than {MaximumReplyLength} bytes.");
                case FrameStatus.Incomplete:
                    return pings;
            }

            if (!Keepalive.IsKeepalive(header))
            {
                Complete(header, body);
            }
            else if (Keepalive.IsPing(header))
            {
                pings++;
            }

            input.Consume(length);
        }
    }

    private void Complete(in PacketHeader header, ReadOnlySpan<byte> body)
    {
        PendingCall? call;
        lock (_gate)
        {
            _pending.Remove(header.Serial, out call);
        }

        RemoteError? error = null;
        if (call is null
            || header is not { Program: ProtocolConstants.LockProgram, Version: ProtocolConstants.LockVersion, Type: MessageType.Reply }
            || header.Procedure != (int)call.Procedure
            || header.Status is not (MessageStatus.Ok or MessageStatus.Error)
            || (header.Status == MessageStatus.Error && !RemoteError.TryDecode(body, out error)))
        {
            var violation = new LockProtocolException($"The peer sent what is no answer to any call: {header}.");
            call?.Fail(violation);
            throw violation;
        }

        call.Complete(error);
    }

    private sealed class PendingCall(LockProcedure procedure)
    {
        private readonly TaskCompletionSource<RemoteError?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal LockProcedure Procedure { get; } = procedure;

        internal Task<RemoteError?> Task => _answer.Task;

        internal void Complete(RemoteError? error) => _answer.TrySetResult(error);

        internal void Fail(LockConnectionException reason) => _answer.TrySetException(
            reason is LockProtocolException ? new LockProtocolException(reason.Message, reason)
                : new LockConnectionException(reason.Message, isOutcomeUnknown: true, reason));
    }
}
