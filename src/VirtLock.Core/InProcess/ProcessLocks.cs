using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock;

/// <summary>
/// The locks of this process: lock disk images here, with the semantics and the on-disk effect of libvirt's daemon, so that libvirt, other
/// hosts and other users of this library respect them. All members are safe on any thread.
/// </summary>
/// <remarks>
/// One for a process is enough, and all of a process should share one. Locks belong to the process and end with it, however it ends. A
/// child process that inherits no descriptors holds none of them. They end as well when neither this nor any of its leases is referenced
/// any more: keep it for as long as the locks are wanted.
/// </remarks>
[SuppressMessage("Reliability", "CA2213:Disposable fields should be disposed", Justification = "The timer is, under the lock.")]
public sealed partial class ProcessLocks : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LockTable _table;
    private readonly ILockInspector? _inspector;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _longestRetryInterval;
    private readonly Owner _owner;
    private readonly EventRelay _events;
    private readonly FileWaiters _waiters = new();
    private readonly Dictionary<Lease, ProcessLease> _leases = [];
    private readonly Dictionary<LockSpace, ProcessLockSpace> _opened = [];
    private readonly ITimer? _verification;
    private bool _isDisposed;

    /// <summary>Not set when the constructor threw: then there is nothing to finalize.</summary>
    private readonly bool _isOpen;

    /// <summary>Makes the locks of this process with default options.</summary>
    public ProcessLocks()
        : this(new VirtLockOptions())
    {
    }

    /// <summary>Makes the locks of this process.</summary>
    /// <param name="options">How to lock.</param>
    /// <param name="driver">What locks the files; by default the kernel's fcntl locks. A driver that is an <see cref="ILockInspector"/> as
    /// well is asked whether locks still stand and who holds them.</param>
    /// <param name="time">The clock for waits, verification and timestamps.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of range.</exception>
    public ProcessLocks(
        VirtLockOptions options, ILockDriver? driver = null, TimeProvider? time = null, ILogger<ProcessLocks>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        VirtLockOptionsValidator.Require(new VirtLockOptionsValidator(), options);
        _time = time ?? TimeProvider.System;
        _table = new LockTable(driver ?? new FcntlLockDriver(options.LockKind, options.AllowPosixFallback), _time);
        _inspector = _table.Driver as ILockInspector;
        _logger = new GuardedLogger(logger ?? NullLogger<ProcessLocks>.Instance);
        _longestRetryInterval = options.LongestRetryInterval;
        _owner = new Owner(new ProcessId((uint)Environment.ProcessId), options.OwnerName, 0, Guid.Empty);
        _events = new EventRelay(_logger);
        if (_table.Driver is FcntlLockDriver fcntl)
        {
            fcntl.FellBack += WarnOfFallback;
        }

        _table.Happened += _events.Enqueue;
        Default = new ProcessLockSpace(this, _table.Default);
        if (_inspector is not null && options.VerifyInterval != Timeout.InfiniteTimeSpan)
        {
            // Weakly, as a timer would keep alive for ever what its user has dropped.
            _verification = _time.CreateTimer(
                VerifyOnTime, new WeakReference<ProcessLocks>(this), options.VerifyInterval, options.VerifyInterval);
        }

        _isOpen = true;
    }

    /// <summary>Lets the files go of what was dropped without being disposed, and with it every lease.</summary>
    ~ProcessLocks()
    {
        try
        {
            Close();
        }
        catch (Exception)
        {
            // A driver of the user's that fails here would end the process, and there is nobody to be told.
        }
    }

    /// <summary>
    /// What happens to leases, each event after it happened and in order. Handlers run on the thread that caused it or that caused an
    /// earlier one; no lock is held, so they may call any member. What they throw is logged. A wait counts as one refusal, however often it
    /// tries.
    /// </summary>
    public event Action<LockEvent>? Happened
    {
        add => _events.Happened += value;
        remove => _events.Happened -= value;
    }

    /// <summary>The default lock space, in which a name is the absolute path of the file to lock.</summary>
    public ILockSpace Default { get; }

    /// <summary>All leases that this process holds, in no order: a copy.</summary>
    /// <exception cref="ObjectDisposedException">The locks were disposed.</exception>
    public IReadOnlyList<LeaseInfo> Leases
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                return [.. _leases.Keys.Select(LeaseInfo.Of)];
            }
        }
    }

    /// <summary>As <see cref="OpenDirectory(FilePath)"/>, with the path as text, encoded as UTF-8.</summary>
    /// <inheritdoc cref="OpenDirectory(FilePath)"/>
    public ILockSpace OpenDirectory(string directory) => OpenDirectory(new FilePath(directory));

    /// <summary>Opens the lock space of a directory, creating the directory with its parents (mode 0700 each) if it is missing.</summary>
    /// <param name="directory">The absolute path. Two spellings of one directory are two lock spaces, whose files conflict all the
    /// same.</param>
    /// <returns>The space; the same object for the same path.</returns>
    /// <exception cref="ArgumentException">The path is empty or not absolute.</exception>
    /// <exception cref="LockRefusedException">The directory can't be created (libvirt's code 38, with the errno), or something else has its
    /// name (code 1).</exception>
    /// <exception cref="ObjectDisposedException">The locks were disposed.</exception>
    public ILockSpace OpenDirectory(FilePath directory)
    {
        if (!directory.Bytes.StartsWith("/"u8))
        {
            throw new ArgumentException($"The directory of a lock space is an absolute path, not '{directory}'.", nameof(directory));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_table.Find(directory.Bytes) is not { } space)
            {
                DirectoryAttempt attempt = _table.Create(directory);
                if (!attempt.IsDirectory)
                {
                    throw attempt.Error is { } error
                        ? LockRefusedException.Of(error)
                        : new LockRefusedException(
                            $"'{directory}' exists, but is not a directory.", Protocol.ErrorCode.Internal, Protocol.ErrorDomain.LockSpace);
                }

                space = _table.Find(directory.Bytes)!;
            }

            if (!_opened.TryGetValue(space, out ProcessLockSpace? opened))
            {
                _opened.Add(space, opened = new ProcessLockSpace(this, space));
            }

            return opened;
        }
    }

    /// <summary>
    /// Gives up every lease and ends every wait with <see cref="ObjectDisposedException"/>. Leases that were not disposed before count as
    /// lost to those who had them: their <see cref="ILease.LostToken"/> fires, and its callbacks have returned before another can get the
    /// lock. Disposing again does nothing.
    /// </summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        ProcessLease[] open;
        lock (_gate)
        {
            if (!_isOpen || _isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _verification?.Dispose();
            open = [.. _leases.Values];
            _waiters.WakeAll();
        }

        // Before the locks go: whoever writes under them has to end that first.
        foreach (ProcessLease lease in open)
        {
            lease.Lost.Fire(_logger);
        }

        lock (_gate)
        {
            foreach (Lease lease in _leases.Keys)
            {
                _table.Release(lease);
            }

            _leases.Clear();
            _table.Happened -= _events.Enqueue;
            if (_table.Driver is FcntlLockDriver fcntl)
            {
                fcntl.FellBack -= WarnOfFallback;
            }
        }

        _events.Drain();
    }

    private void WarnOfFallback(FilePath path) => _logger.FellBack(path);
}
