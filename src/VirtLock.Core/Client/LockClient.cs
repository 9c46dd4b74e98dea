using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock.Client;

/// <summary>
/// Talks to a running virtlockd, VirtLock's or libvirt's, on behalf of one owner. Connects with the first call. All members are safe on any
/// thread, and calls may overlap; a daemon answers them in order.
/// </summary>
/// <remarks>
/// <para>READ <see cref="LockOwner"/> FIRST: with this process as owner, a connection that breaks while leases are held means that the
/// daemon ends this process.</para>
/// <para>A lost connection is never papered over: every lease acquired through it counts as lost (<see cref="ILease.LostToken"/>,
/// <see cref="ConnectionLost"/>), and nothing is acquired anew unless the caller does. A request that was cancelled or timed out is
/// followed up: if the daemon grants it later, the lease is given back.</para>
/// <para>Every method throws: <see cref="LockRefusedException"/> when the daemon refuses, with libvirt's code and domain;
/// <see cref="LockConnectionException"/> when there is no connection, or it ends; <see cref="TimeoutException"/> when no answer comes in
/// <see cref="LockClientOptions.ReplyTimeout"/>; <see cref="OperationCanceledException"/> when cancelled;
/// <see cref="ObjectDisposedException"/> when the client is disposed; <see cref="ArgumentException"/> when a name is empty, or longer than
/// the protocol's 65,536 bytes.</para>
/// </remarks>
public sealed partial class LockClient : IDisposable, IAsyncDisposable
{
    /// <summary>Whether this thread runs the callbacks of leases that end with the client, which must not wait for themselves.</summary>
    [ThreadStatic]
    private static bool _isTelling;

    private readonly Lock _gate = new();
    private readonly LockClientOptions _options;
    private readonly Owner _owner;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly CancellationTokenSource _disposing = new();
    private readonly HashSet<RemoteLease> _leases = [];
    private readonly HashSet<Task> _underWay = [];
    private ClientConnection? _connection;
    private Task? _disposed;

    /// <summary>Makes a client; connects to nothing yet.</summary>
    /// <param name="options">How to talk, and for whom.</param>
    /// <param name="time">The clock for waits and timeouts.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of range, or the owner
    /// missing.</exception>
    public LockClient(LockClientOptions options, TimeProvider? time = null, ILogger<LockClient>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        VirtLockOptionsValidator.Require(new LockClientOptionsValidator(), options);
        _options = options;
        _owner = options.Owner!;
        _time = time ?? TimeProvider.System;
        _logger = new GuardedLogger(logger ?? NullLogger<LockClient>.Instance);
    }

    /// <summary>
    /// A connection ended that was not disposed. Raised after the tokens of its leases fired, on a thread of the pool, with no lock held.
    /// What a handler throws is logged.
    /// </summary>
    public event Action<ConnectionLoss>? ConnectionLost;

    /// <summary>Whether there is a connection now; the daemon may end it any moment.</summary>
    public bool IsConnected => _connection is { IsOpen: true };

    /// <summary>The leases that this client holds, in no order: a copy.</summary>
    public IReadOnlyList<ILease> Leases
    {
        get
        {
            lock (_gate)
            {
                return [.. _leases];
            }
        }
    }

    /// <summary>Connects and registers now instead of with the first call. Does nothing when connected.</summary>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>The connecting.</returns>
    public Task ConnectAsync(CancellationToken cancellation = default) => ConnectedAsync(cancellation);

    /// <summary>
    /// Makes sure that the lock space of a directory exists (CREATE_LOCKSPACE); the daemon creates the directory, mode 0700.
    /// </summary>
    /// <param name="directory">The path, byte for byte the space's identity; empty is the default space, which exists.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The request.</returns>
    /// <exception cref="LockRefusedException">Code 1 in domain 51: it is no directory; code 38: a system call failed.</exception>
    public Task CreateLockSpaceAsync(FilePath directory, CancellationToken cancellation = default) => DoAsync(
        LockProcedure.CreateLockSpace,
        (output, serial) => CallWriter.Write(output, LockProcedure.CreateLockSpace, serial, new CreateLockSpaceArguments(directory.Bytes)),
        cancellation);

    /// <summary>Creates the lock space of a directory, which must be new to the daemon (NEW).</summary>
    /// <inheritdoc cref="CreateLockSpaceAsync" path="/param"/>
    /// <returns>The request.</returns>
    /// <exception cref="LockRefusedException">Code 1 in domain 7: it exists; code 55: it is the default one; else as
    /// <see cref="CreateLockSpaceAsync"/>. libvirt 9.0.0 answers success even if the directory can't be made.</exception>
    public Task NewLockSpaceAsync(FilePath directory, CancellationToken cancellation = default) => DoAsync(
        LockProcedure.NewLockSpace,
        (output, serial) => CallWriter.Write(output, LockProcedure.NewLockSpace, serial, new LockSpaceArguments(directory.Bytes, 0)),
        cancellation);

    /// <summary>Creates the file of a resource that no owner at the daemon holds; an existing one is left as it is.</summary>
    /// <param name="name">The resource.</param>
    /// <param name="directory">Its lock space; null for the default one.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The request.</returns>
    /// <exception cref="ResourceBusyException">It is held.</exception>
    /// <exception cref="LockRefusedException">Code 1 in domain 7: there is no such lock space; code 38: a system call failed.</exception>
    public Task CreateResourceAsync(ResourceName name, FilePath? directory = null, CancellationToken cancellation = default) =>
        OnResourceAsync(LockProcedure.CreateResource, name, directory, cancellation);

    /// <summary>Removes the file of a resource that no owner at the daemon holds; a missing one is no failure.</summary>
    /// <inheritdoc cref="CreateResourceAsync" path="/param"/>
    /// <returns>The request.</returns>
    /// <inheritdoc cref="CreateResourceAsync" path="/exception"/>
    public Task DeleteResourceAsync(ResourceName name, FilePath? directory = null, CancellationToken cancellation = default) =>
        OnResourceAsync(LockProcedure.DeleteResource, name, directory, cancellation);

    /// <summary>
    /// Gives up one lease of the owner by its name, whoever acquired it: what is left of an earlier connection, or of another process that
    /// spoke for the same owner. A lease that this client holds is disposed instead.
    /// </summary>
    /// <inheritdoc cref="CreateResourceAsync" path="/param"/>
    /// <returns>The request.</returns>
    /// <exception cref="LockRefusedException">Code 87: nobody holds it; code 1 in domain 51: others do; code 1 in domain 7: there is no
    /// such lock space.</exception>
    public Task ReleaseAsync(ResourceName name, FilePath? directory = null, CancellationToken cancellation = default) =>
        OnResourceAsync(LockProcedure.ReleaseResource, name, directory, cancellation);

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose()
    {
        ValueTask disposing = DisposeAsync();
        if (!_isTelling)
        {
            disposing.AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>
    /// Releases every lease that was acquired here, whoever owns it, then closes the connection. Leases that were not disposed before count
    /// as lost to those who had them: their <see cref="ILease.LostToken"/> fires, and its callbacks have returned before another can get
    /// the lock. Takes at most twice <see cref="LockClientOptions.ReplyTimeout"/> beside them. Disposing again waits for the same, except
    /// in such a callback, where <see cref="Dispose"/> returns at once.
    /// </summary>
    /// <returns>The disposing.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed ??= Task.Run(CloseAsync);
            return new ValueTask(_disposed);
        }
    }

    private static void ThrowIfRefused(RemoteError? error, LockProcedure procedure, ResourceName name = default)
    {
        if (error is null)
        {
            return;
        }

        throw error.Code == ErrorCode.ResourceBusy && procedure != LockProcedure.ReleaseResource
            ? new ResourceBusyException(error.Message, name, LockHolder.OfMessage(error.Message))
            : LockRefusedException.Of(error);
    }

    private static void Check(ResourceName name)
    {
        if (name.Bytes.IsEmpty)
        {
            throw new ArgumentException("A resource needs a name.", nameof(name));
        }
    }

    private async Task OnResourceAsync(LockProcedure procedure, ResourceName name, FilePath? directory, CancellationToken cancellation)
    {
        Check(name);
        ClientConnection connection = await ConnectedAsync(cancellation).ConfigureAwait(false);
        RemoteError? error = await BoundedAsync(CallAsync(connection, procedure, name, directory, 0), cancellation).ConfigureAwait(false);
        ThrowIfRefused(error, procedure, name);
    }

    private async Task DoAsync(LockProcedure procedure, Action<IBufferWriter<byte>, uint> write, CancellationToken cancellation)
    {
        ClientConnection connection = await ConnectedAsync(cancellation).ConfigureAwait(false);
        ThrowIfRefused(await BoundedAsync(connection.CallAsync(procedure, write), cancellation).ConfigureAwait(false), procedure);
    }

    private static Task<RemoteError?> CallAsync(
        ClientConnection connection, LockProcedure procedure, ResourceName name, FilePath? directory, AcquireFlags flags) =>
        connection.CallAsync(procedure, (output, serial) => CallWriter.Write(
            output, procedure, serial, new ResourceArguments(directory is { } path ? path.Bytes : default, name.Bytes, (uint)flags)));

    /// <summary>Stops waiting for a call that takes too long; the call itself goes on.</summary>
    private async Task<T> BoundedAsync<T>(Task<T> call, CancellationToken cancellation)
    {
        try
        {
            return await call.WaitAsync(_options.ReplyTimeout, _time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"The daemon at {_options.SocketPath} did not answer within {_options.ReplyTimeout.TotalSeconds:0.###} s.");
        }
    }
}
