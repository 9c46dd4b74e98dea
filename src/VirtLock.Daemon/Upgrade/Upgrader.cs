using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Posix;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// SIGUSR1: executes the successor in this process and keeps every lock, client and request. Nothing is given up before the new executable
/// has shown that it can take over; whatever fails until the kernel has replaced the old one leaves that serving as before.
/// </summary>
/// <param name="parts">What is to be carried over.</param>
/// <param name="executable">What is to be executed.</param>
/// <param name="stateFile">Where a successor looks that is not ours.</param>
/// <param name="pidFile">Says which PID file there is now; null for a daemon without.</param>
/// <param name="objection">
/// Asked, at that moment, what speaks against libvirt's daemon, which knows no preflight, as the successor; null for nothing.
/// </param>
/// <param name="logger">Told how it goes.</param>
internal sealed class Upgrader(
    DaemonParts parts, Executable executable, StateFile stateFile, Func<PidFile?> pidFile, Func<string?> objection, ILogger logger)
{
    /// <summary>Without what this executable was told alone.</summary>
    private readonly Executable _executable = executable.With(SnapshotMemory.Variable, null);

    private Preflight? _preflight;
    private bool _isAbandoned;
    private long _begunAt;

    /// <summary>Begins an upgrade, unless one is under way, which then serves this request as well, or the daemon is ending.</summary>
    internal void Begin()
    {
        if (_preflight is not null || _isAbandoned)
        {
            return;
        }

        _begunAt = Stopwatch.GetTimestamp();
        ArrayBufferWriter<byte> document = Write(TakeSnapshot(pidFile()));
        _preflight = new Preflight(parts.Loop, _executable, OnVerdict);
        _preflight.Start(document.WrittenSpan);
    }

    /// <summary>Gives an upgrade up that is under way, and every later one: the daemon is ending.</summary>
    internal void Abandon()
    {
        _isAbandoned = true;
        _preflight?.Abandon();
    }

    private static ArrayBufferWriter<byte> Write(Snapshot snapshot)
    {
        var document = new ArrayBufferWriter<byte>(65536);
        snapshot.Write(document);
        return document;
    }

    private void OnVerdict(PreflightVerdict verdict)
    {
        // Should the document not come about (the loop reports what is thrown), the next request begins anew.
        _preflight = null;
        if (_isAbandoned)
        {
            return;
        }

        _preflight = null;
        string? failure = verdict.Result switch
        {
            PreflightResult.Accepted when verdict.TakesMemory => HandOverInMemory(),
            PreflightResult.Accepted => HandOverInFile(pidFile(), Snapshot.MaximumLength, _executable.Execute),
            PreflightResult.Unchecked => objection() ?? HandOverToLibvirt(),
            _ => verdict.Reason,
        };
        logger.UpgradeFailed(_executable.Path.ToString(), failure!);
    }

    private string? HandOverInMemory()
    {
        long frozenAt = Stopwatch.GetTimestamp();
        Snapshot snapshot = TakeSnapshot(pidFile());
        ReadOnlySpan<byte> document = Write(snapshot).WrittenSpan;
        Descriptor memory = Descriptor.None;
        if ((Excess(document, Snapshot.MaximumLength) ?? SnapshotMemory.Create(document, out memory)) is { } failure)
        {
            return failure;
        }

        Executable successor = _executable.With(SnapshotMemory.Variable, memory.ToString());
        int errno = Execute(snapshot.Descriptors().Append(memory.Number), frozenAt, successor.Execute);
        memory.Close();
        return ErrorText.Of(errno);
    }

    /// <summary>
    /// libvirt's daemon takes the PID file's lock itself and expects its signals unblocked. That they are, and that SIGUSR1 is ignored
    /// until it is ready for it, comes last: here it would end this process.
    /// </summary>
    private string? HandOverToLibvirt() => HandOverInFile(keptPidFile: null, Snapshot.LibvirtMaximumLength, () =>
    {
        SignalMask.Unblock();
        int errno = _executable.Execute();
        SignalMask.BlockAgain();
        return errno;
    });

    private string? HandOverInFile(PidFile? keptPidFile, int maximumLength, Func<int> execute)
    {
        long frozenAt = Stopwatch.GetTimestamp();
        Snapshot snapshot = TakeSnapshot(keptPidFile);
        ReadOnlySpan<byte> document = Write(snapshot).WrittenSpan;
        if ((Excess(document, maximumLength) ?? stateFile.Write(document)) is { } failure)
        {
            return failure;
        }

        int errno = Execute(snapshot.Descriptors(), frozenAt, execute);
        stateFile.Remove();
        return ErrorText.Of(errno);
    }

    private static string? Excess(ReadOnlySpan<byte> document, int maximumLength) => document.Length > maximumLength
        ? $"the snapshot has {document.Length} bytes, and it reads no more than {maximumLength}"
        : null;

    /// <summary>The point of no return, reached between two turns of the loop, when the state is whole.</summary>
    /// <returns>Why this executable is still running: the errno.</returns>
    private int Execute(IEnumerable<int> descriptors, long frozenAt, Func<int> execute)
    {
        List<Descriptor> inherited = [.. descriptors.Select(number => new Descriptor(number))];
        inherited.ForEach(static descriptor => descriptor.SetCloseOnExec(false));
        logger.Upgrading(
            _executable.Path.ToString(),
            Stopwatch.GetElapsedTime(_begunAt, frozenAt).TotalMilliseconds,
            Stopwatch.GetElapsedTime(frozenAt).TotalMilliseconds);
        int errno = execute();

        inherited.ForEach(static descriptor => descriptor.SetCloseOnExec());
        return errno;
    }

    private Snapshot TakeSnapshot(PidFile? keptPidFile)
    {
        (LockSpaceSnapshot defaultSpace, IReadOnlyList<LockSpaceSnapshot> directories) = LockTableSnapshot.Take(parts.Table);
        return new Snapshot
        {
            Pid = Environment.ProcessId,
            Servers = [.. parts.Servers.Select(Take)],
            Default = defaultSpace,
            Directories = directories,
            Fencings =
            [
                .. parts.Fencer.UnderWay.Select(Take),
            ],
            IdleFor = parts.Timeout.IdleFor,
            PidFileDescriptor = keptPidFile?.Descriptor.Number ?? -1,
        };
    }

    /// <summary>One without a pidfd has not been sent a signal: the successor begins with it.</summary>
    private static FencingSnapshot Take(Fencing fencing) => new(
        fencing.Victim.Pid,
        fencing.Descriptor.Number,
        fencing.Descriptor.IsNone ? TimeSpan.Zero : fencing.Elapsed,
        fencing.Victim.Start);

    private static ServerSnapshot Take(Server server) => new()
    {
        Name = server.Name,
        MaximumClients = server.Limits.MaximumClients,
        MaximumAnonymousClients = server.Limits.MaximumAnonymousClients,
        NextClientId = server.NextClientId,
        Listeners = [.. server.Listeners.Select(listener => new ListenerSnapshot(listener.Descriptor.Number, listener.IsOwn))],
        Clients = [.. server.Connections.Select(Take)],
    };

    private static ClientSnapshot Take(Connection connection)
    {
        var session = connection.Session as LockSession;
        return new ClientSnapshot
        {
            Id = connection.Id,
            Descriptor = connection.Socket.Number,
            ConnectedAt = connection.ConnectedAt,
            IsRestricted = session?.IsRestricted ?? false,
            Owner = session?.Owner,
            PeerDescriptor = connection.PeerDescriptor.Number,
            Input = connection.UnreadInput.ToArray(),
            Output = connection.UnsentOutput.ToArray(),
        };
    }
}
