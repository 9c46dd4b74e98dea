using System.Buffers;
using VirtLock.Protocol;

namespace VirtLock.Client;

/// <content>Making the connection, and what its end means.</content>
public sealed partial class LockClient
{
    private bool _wasConnected;

    private async Task<ClientConnection> ConnectedAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposing.IsCancellationRequested, this);
        cancellation.ThrowIfCancellationRequested();
        if (_connection is { IsOpen: true } open)
        {
            return open;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _disposing.Token);
        try
        {
            await _connecting.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                return _connection is { IsOpen: true } meanwhile ? meanwhile : await OpenAsync(either.Token).ConfigureAwait(false);
            }
            finally
            {
                _connecting.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(LockClient));
        }
    }

    private async Task<ClientConnection> OpenAsync(CancellationToken cancellation)
    {
        if (_wasConnected && !_options.Reconnect)
        {
            throw new LockConnectionException("The connection was lost, and the options say not to make another.");
        }

        ClientConnection connection = await ClientConnection.OpenAsync(_options.SocketPath, OnEnded, cancellation).ConfigureAwait(false);
        try
        {
            Task<RemoteError?> register = connection.CallAsync(LockProcedure.Register, WriteRegister);
            RemoteError? error = await BoundedAsync(register, cancellation).ConfigureAwait(false);
            ThrowIfRefused(error, LockProcedure.Register);
        }
        catch
        {
            connection.End(new LockConnectionException("The connection was given up before it was registered."));
            throw;
        }

        _wasConnected = true;
        _connection = connection;
        _logger.Connected(_options.SocketPath, _owner.Pid);
        return connection;
    }

    private void WriteRegister(IBufferWriter<byte> output, uint serial)
    {
        Span<byte> uuid = stackalloc byte[ProtocolConstants.UuidSize];
        _owner.Uuid.TryWriteBytes(uuid, bigEndian: true, out _);
        CallWriter.Write(
            output, LockProcedure.Register, serial, new RegisterArguments(uuid, _owner.Name.Bytes, _owner.DomainId, _owner.Pid.Value, 0));
    }

    private void OnEnded(ClientConnection connection, LockConnectionException reason)
    {
        ILease[] lost = LoseLeases(connection);
        if (_disposing.IsCancellationRequested || connection != _connection)
        {
            return;
        }

        _logger.ConnectionLost(_options.SocketPath, reason.Message, lost.Length);
        Action<ConnectionLoss>? handlers = ConnectionLost;
        if (handlers is null)
        {
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    handlers(new ConnectionLoss(reason, lost));
                }
                catch (Exception failure)
                {
                    // On a thread of the pool it would end the process.
                    _logger.HandlerFailed(failure);
                }
            },
            null);
    }

    private ILease[] LoseLeases(ClientConnection connection)
    {
        RemoteLease[] lost;
        lock (_gate)
        {
            lost = [.. _leases.Where(lease => lease.Connection == connection)];
            _leases.ExceptWith(lost);
        }

        foreach (RemoteLease lease in lost)
        {
            lease.Lost.Fire(_logger);
        }

        return lost;
    }

    /// <summary>Something under way that must be over before the connection may close.</summary>
    private Task<T> Tracked<T>(Task<T> task)
    {
        lock (_gate)
        {
            _underWay.Add(task);
        }

        task.ContinueWith(
            over =>
            {
                // Whoever still wants to know has the task itself.
                _ = over.Exception;
                lock (_gate)
                {
                    _underWay.Remove(over);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return task;
    }

    private async Task CloseAsync()
    {
        await _disposing.CancelAsync().ConfigureAwait(false);
        RemoteLease[] open;
        try
        {
            await SettleAsync().ConfigureAwait(false);
            lock (_gate)
            {
                open = [.. _leases];
            }

            // Before the locks go: whoever writes under them has to end that first.
            Tell(open);
            await Task.WhenAll(open.Select(GiveUpAsync)).ConfigureAwait(false);
        }
        finally
        {
            await _connecting.WaitAsync().ConfigureAwait(false);
            _connection?.End(new LockConnectionException("The client was disposed."));
            _connecting.Release();
        }
    }

    private void Tell(RemoteLease[] leases)
    {
        _isTelling = true;
        try
        {
            foreach (RemoteLease lease in leases)
            {
                lease.Lost.Fire(_logger);
            }
        }
        finally
        {
            _isTelling = false;
        }
    }

    /// <summary>Waits until no request is under way that may still be granted.</summary>
    private async Task SettleAsync()
    {
        // Without a connection nothing will be granted any more; calls are told of its end only after the callbacks of lost leases, one of
        // which may be waiting for this.
        if (!IsConnected)
        {
            return;
        }

        Task[] underWay;
        lock (_gate)
        {
            underWay = [.. _underWay];
        }

        Task all = Task.WhenAll(underWay.Select(static task => task.ContinueWith(static _ => { }, TaskScheduler.Default)));
        try
        {
            await all.WaitAsync(_options.ReplyTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _logger.Unanswered(_options.SocketPath, underWay.Length);
        }
    }
}
