using Microsoft.Extensions.Logging;
using VirtLock.Locking;

namespace VirtLock.Daemon.Logging;

/// <summary>Everything that the daemon logs, with numbers that stay.</summary>
internal static partial class LogMessages
{
    /// <summary>The line that stands alone: see <see cref="LogChannel"/>.</summary>
    internal const int StartFailedId = 1;

    [LoggerMessage(StartFailedId, LogLevel.Error, "{Reason}")]
    internal static partial void StartFailed(this ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Debug, "the start failed at {Place}")]
    internal static partial void StartFailedAt(this ILogger logger, string place);

    /// <summary>An error that a client was answered with; the journal has fields for its code and domain.</summary>
    [LoggerMessage(2, LogLevel.Error, "{Text} (code {ErrorCode}, domain {ErrorDomain})")]
    internal static partial void ErrorAnswered(this ILogger logger, string text, int errorCode, int errorDomain);

    [LoggerMessage(100, LogLevel.Error, "client of pid {Pid} and uid {UserId} refused: only uid {AllowedUserId} may connect")]
    internal static partial void PeerRefused(this ILogger logger, uint pid, uint userId, uint allowedUserId);

    [LoggerMessage(101, LogLevel.Error, "server {Server} takes no clients until this is over: {Reason}")]
    internal static partial void AcceptSuspended(this ILogger logger, string server, string reason);

    [LoggerMessage(102, LogLevel.Error, "server {Server} cannot take a client: {Reason}")]
    internal static partial void AcceptFailed(this ILogger logger, string server, string reason);

    [LoggerMessage(104, LogLevel.Error, "client of pid {Pid} closed: it has {Bytes} bytes of half-sent requests, the most of all")]
    internal static partial void GreedyClientClosed(this ILogger logger, uint pid, int bytes);

    [LoggerMessage(105, LogLevel.Warning, "which process holds a file is not known: {Reason}")]
    internal static partial void HolderUnknown(this ILogger logger, string reason);

    [LoggerMessage(106, LogLevel.Error, "a step of the event loop failed, and the daemon goes on without it")]
    internal static partial void StepFailed(this ILogger logger, Exception failure);

    [LoggerMessage(103, LogLevel.Error, "LISTEN_FDS announces {Count} sockets but LISTEN_FDNAMES {Names} names; they are ignored")]
    internal static partial void ActivationUnnamed(this ILogger logger, int count, int names);

    [LoggerMessage(120, LogLevel.Debug, "lease on '{Name}' {Event}: owner pid {Pid}")]
    internal static partial void LeaseChanged(this ILogger logger, string name, LockEventKind @event, uint pid);

    [LoggerMessage(121, LogLevel.Error, "lock file of '{Name}' left behind: {Reason}")]
    internal static partial void LockFileLeft(this ILogger logger, string name, string reason);

    [LoggerMessage(
        123,
        LogLevel.Warning,
        "file system of '{Path}' refuses open file description locks: a POSIX lock was taken")]
    internal static partial void FellBackToPosix(this ILogger logger, string path);

    [LoggerMessage(122, LogLevel.Error, "lock on '{Name}' of owner pid {Pid} is lost")]
    internal static partial void LeaseLost(this ILogger logger, string name, uint pid);

    [LoggerMessage(200, LogLevel.Warning, "process {Pid} closed its connection while holding leases: ending it")]
    internal static partial void FencingBegan(this ILogger logger, uint pid);

    [LoggerMessage(201, LogLevel.Information, "process {Pid} is dead after {Milliseconds} ms")]
    internal static partial void FencingEnded(this ILogger logger, uint pid, double milliseconds);

    [LoggerMessage(202, LogLevel.Error, "process {Pid} is not dead after {Seconds} s; its leases are freed all the same")]
    internal static partial void FencingGaveUp(this ILogger logger, uint pid, double seconds);

    [LoggerMessage(203, LogLevel.Error, "cannot send signal {Signal} to process {Pid}: {Reason}")]
    internal static partial void FencingSignalFailed(this ILogger logger, uint pid, int signal, string reason);

    [LoggerMessage(205, LogLevel.Error, "process {Pid} is still alive after {Seconds} s; its leases stay until it is dead")]
    internal static partial void FencingGoesOn(this ILogger logger, uint pid, double seconds);

    [LoggerMessage(
        206, LogLevel.Error, "process {Pid} left leases and can't be looked up; they stay, and it is tried again every second: {Reason}")]
    internal static partial void FencingPutOff(this ILogger logger, uint pid, string reason);

    [LoggerMessage(204, LogLevel.Information, "{Count} leases of process {Pid} freed")]
    internal static partial void LeasesFreed(this ILogger logger, uint pid, int count);

    [LoggerMessage(220, LogLevel.Warning, "cannot tell the service manager at '{Socket}' that the daemon serves: {Reason}")]
    internal static partial void ReadinessUntold(this ILogger logger, string socket, string reason);

    [LoggerMessage(
        300, LogLevel.Information, "upgrading to {Executable}: preflight took {PreflightMs} ms, freezing and saving {SaveMs} ms")]
    internal static partial void Upgrading(this ILogger logger, string executable, double preflightMs, double saveMs);

    [LoggerMessage(301, LogLevel.Error, "upgrade to {Executable} failed, nothing is lost and this daemon goes on: {Reason}")]
    internal static partial void UpgradeFailed(this ILogger logger, string executable, string reason);

    /// <summary>Not a warning, but to be seen at the usual level, which is the only other one above.</summary>
    [LoggerMessage(302, LogLevel.Warning, "{Event}: restored {Leases} leases and {Clients} clients in {RestoreMs} ms")]
    internal static partial void Restored(this ILogger logger, string @event, int leases, int clients, double restoreMs);

    [LoggerMessage(303, LogLevel.Warning, "state file '{StateFile}' is of no use and was set aside as '{Aside}': {Reason}")]
    internal static partial void StateFileSetAside(this ILogger logger, string stateFile, string aside, string reason);

    [LoggerMessage(
        304, LogLevel.Error, "client {Id} of server {Server} could not be restored: descriptor {Descriptor} is no client's socket")]
    internal static partial void ClientNotRestored(this ILogger logger, ulong id, string server, int descriptor);

    [LoggerMessage(305, LogLevel.Error, "resource '{Name}' ({Path}) while restoring: {Problem}")]
    internal static partial void ResourceProblem(this ILogger logger, string name, string path, string problem);

    [LoggerMessage(
        306, LogLevel.Error, "listening descriptor {Descriptor} of server {Server} could not be restored: it is no listening socket")]
    internal static partial void ListenerNotRestored(this ILogger logger, int descriptor, string server);

    [LoggerMessage(307, LogLevel.Error, "while going on for the predecessor: {Problem}; left out, the rest is served")]
    internal static partial void LeftOut(this ILogger logger, string problem);

    [LoggerMessage(308, LogLevel.Warning, "state file '{StateFile}' is that of process {Pid}, which lives, and is left alone")]
    internal static partial void StateFileLeftAlone(this ILogger logger, string stateFile, int pid);

    [LoggerMessage(309, LogLevel.Warning, "server {Server} has no socket of the predecessor and listens on a new one")]
    internal static partial void BoundAnew(this ILogger logger, string server);
}

/// <summary>What log filters match: libvirt's own names, so that an existing <c>log_filters</c> goes on working.</summary>
internal static class LogCategories
{
    internal const string Daemon = "locking.lock_daemon";
    internal const string Server = "rpc.netserver";
    internal const string LockSpace = "util.lockspace";
}
