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
/// <param name="stateFile">Where the successor looks.</param>
/// <param name="pidFile">The PID file; null for a daemon without.</param>
/// <param name="allowsUnchecked">Whether libvirt's daemon, which knows no preflight, may take over.</param>
/// <param name="logger">Told how it goes.</param>
internal sealed class Upgrader(
    DaemonParts parts, Executable executable, StateFile stateFile, PidFile? pidFile, bool allowsUnchecked, ILogger logger)
{
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
        ArrayBufferWriter<byte> document = Write(TakeSnapshot(pidFile));
        _preflight = new Preflight(parts.Loop, executable, OnVerdict);
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

        string? failure = verdict.Result switch
        {
            PreflightResult.Accepted => HandOver(pidFile, Snapshot.MaximumLength),
            PreflightResult.Unchecked when allowsUnchecked => HandOverToLibvirt(),
            PreflightResult.Unchecked =>
                "it is libvirt's daemon, which cannot be checked beforehand; set upgrade_unchecked = 1 to allow it",
            _ => verdict.Reason,
        };
        logger.UpgradeFailed(executable.Path.ToString(), failure!);
    }

    /// <summary>libvirt's daemon takes the PID file's lock itself and expects its signals unblocked.</summary>
    private string? HandOverToLibvirt()
    {
        SignalMask.Unblock();
        string? failure = HandOver(keptPidFile: null, Snapshot.LibvirtMaximumLength);
        SignalMask.Block();
        return failure;
    }

    /// <summary>The point of no return, reached between two turns of the loop, when the state is whole.</summary>
    /// <returns>Why this executable is still running.</returns>
    private string? HandOver(PidFile? keptPidFile, int maximumLength)
    {
        long frozenAt = Stopwatch.GetTimestamp();
        Snapshot snapshot = TakeSnapshot(keptPidFile);
        ReadOnlySpan<byte> document = Write(snapshot).WrittenSpan;
        if (document.Length > maximumLength)
        {
            return $"the snapshot has {document.Length} bytes, and it reads no more than {maximumLength}";
        }

        if (stateFile.Write(document) is { } failure)
        {
            return failure;
        }

        List<Descriptor> inherited = [.. snapshot.Descriptors().Select(number => new Descriptor(number))];
        inherited.ForEach(static descriptor => descriptor.SetCloseOnExec(false));
        logger.Upgrading(
            executable.Path.ToString(),
            Stopwatch.GetElapsedTime(_begunAt, frozenAt).TotalMilliseconds,
            Stopwatch.GetElapsedTime(frozenAt).TotalMilliseconds);
        int errno = executable.Execute();

        inherited.ForEach(static descriptor => descriptor.SetCloseOnExec());
        stateFile.Remove();
        return ErrorText.Of(errno);
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
