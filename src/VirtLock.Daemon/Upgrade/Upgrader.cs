using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Posix;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// SIGUSR1: replaces this process's image and keeps every lock, client and request. Nothing is given up before the new executable has shown that it can
/// take over; whatever fails until the kernel has replaced the image leaves this one serving as before.
/// </summary>
/// <param name="daemon">What is to be carried over.</param>
/// <param name="executable">What is to be executed.</param>
/// <param name="stateFile">Where the next image looks.</param>
/// <param name="pidFile">The PID file; null for a daemon without.</param>
/// <param name="allowsUnchecked">Whether libvirt's daemon, which knows no preflight, may take over.</param>
/// <param name="logger">Told how it goes.</param>
internal sealed class Upgrader(
    LockDaemon daemon, Executable executable, StateFile stateFile, PidFile? pidFile, bool allowsUnchecked, ILogger logger)
{
    private Preflight? _preflight;
    private long _begunAt;

    /// <summary>Begins an upgrade, unless one is under way, which then serves this request as well, or the daemon is ending.</summary>
    internal void Begin()
    {
        if (_preflight is not null || daemon.IsEnding)
        {
            return;
        }

        _begunAt = Stopwatch.GetTimestamp();
        _preflight = new Preflight(daemon.Loop, executable, OnVerdict);
        _preflight.Start(Write(TakeSnapshot(pidFile)).WrittenSpan);
    }

    /// <summary>Gives an upgrade up that is under way: the daemon is ending.</summary>
    internal void Abandon() => _preflight?.Abandon();

    private static ArrayBufferWriter<byte> Write(Snapshot snapshot)
    {
        var document = new ArrayBufferWriter<byte>(65536);
        SnapshotWriter.Write(snapshot, document);
        return document;
    }

    private void OnVerdict(PreflightVerdict verdict)
    {
        if (daemon.IsEnding)
        {
            return;
        }

        string? failure = verdict.Result switch
        {
            PreflightResult.Accepted => HandOver(pidFile, SnapshotReader.MaximumLength),
            PreflightResult.Unchecked when allowsUnchecked => HandOverToLibvirt(),
            PreflightResult.Unchecked =>
                "it is libvirt's daemon, which cannot be checked beforehand; set upgrade_unchecked = 1 to allow it",
            _ => verdict.Reason,
        };
        _preflight = null;
        logger.UpgradeFailed(executable.Path.ToString(), failure!);
    }

    /// <summary>libvirt's daemon takes the PID file's lock itself and expects its signals unblocked.</summary>
    private string? HandOverToLibvirt()
    {
        SignalMask.Unblock();
        string? failure = HandOver(keptPidFile: null, SnapshotWriter.LibvirtMaximumLength);
        SignalMask.Block();
        return failure;
    }

    /// <summary>The point of no return, reached between two turns of the loop, when the state is whole.</summary>
    /// <returns>Why this image is still here.</returns>
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

        List<int> inherited = [.. snapshot.Descriptors()];
        SetCloseOnExec(inherited, 0);
        logger.Upgrading(
            executable.Path.ToString(),
            Stopwatch.GetElapsedTime(_begunAt, frozenAt).TotalMilliseconds,
            Stopwatch.GetElapsedTime(frozenAt).TotalMilliseconds);
        int errno = executable.Execute();

        SetCloseOnExec(inherited, LibC.FD_CLOEXEC);
        stateFile.Remove();
        return ErrorText.Of(errno);
    }

    private static void SetCloseOnExec(List<int> descriptors, int flag)
    {
        foreach (int descriptor in descriptors)
        {
            _ = LibC.fcntl(descriptor, LibC.F_SETFD, flag);
        }
    }

    private Snapshot TakeSnapshot(PidFile? keptPidFile)
    {
        (LockSpaceSnapshot defaultSpace, IReadOnlyList<LockSpaceSnapshot> directories) = LockTableSnapshot.Take(daemon.Table);
        return new Snapshot
        {
            Pid = Environment.ProcessId,
            Servers = [.. daemon.Servers.Select(server => server.ToSnapshot())],
            Default = defaultSpace,
            Directories = directories,
            Fencings = [.. daemon.Fencer.UnderWay.Select(fencing => fencing.ToSnapshot())],
            IdleFor = daemon.Timeout.IdleFor,
            PidFileDescriptor = keptPidFile?.Descriptor.Number ?? -1,
        };
    }
}
