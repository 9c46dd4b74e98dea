using Microsoft.Extensions.Logging;

namespace VirtLock.Daemon.Logging;

/// <summary>Everything that the daemon logs, with numbers that stay.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Error, "{Reason}")]
    internal static partial void StartFailed(this ILogger logger, string reason);

    /// <summary>An error that a client was answered with; the journal has fields for its code and domain.</summary>
    [LoggerMessage(2, LogLevel.Error, "{Text} (code {ErrorCode}, domain {ErrorDomain})")]
    internal static partial void ErrorAnswered(this ILogger logger, string text, int errorCode, int errorDomain);

    [LoggerMessage(100, LogLevel.Error, "client of pid {Pid} and uid {UserId} refused: only uid {AllowedUserId} may connect")]
    internal static partial void PeerRefused(this ILogger logger, uint pid, uint userId, uint allowedUserId);

    [LoggerMessage(101, LogLevel.Error, "server {Server} takes no clients for {Seconds} s: {Reason}")]
    internal static partial void AcceptSuspended(this ILogger logger, string server, string reason, double seconds);

    [LoggerMessage(102, LogLevel.Error, "server {Server} cannot take a client: {Reason}")]
    internal static partial void AcceptFailed(this ILogger logger, string server, string reason);

    [LoggerMessage(103, LogLevel.Error, "LISTEN_FDS announces {Count} sockets but LISTEN_FDNAMES {Names} names; they are ignored")]
    internal static partial void ActivationUnnamed(this ILogger logger, int count, int names);

    [LoggerMessage(200, LogLevel.Warning, "process {Pid} closed its connection while holding leases: ending it")]
    internal static partial void FencingBegan(this ILogger logger, uint pid);

    [LoggerMessage(201, LogLevel.Information, "process {Pid} is dead after {Milliseconds} ms")]
    internal static partial void FencingEnded(this ILogger logger, uint pid, double milliseconds);

    [LoggerMessage(202, LogLevel.Error, "process {Pid} is not dead after {Seconds} s; its leases are freed all the same")]
    internal static partial void FencingGaveUp(this ILogger logger, uint pid, double seconds);

    [LoggerMessage(203, LogLevel.Error, "cannot send signal {Signal} to process {Pid}: {Reason}")]
    internal static partial void FencingSignalFailed(this ILogger logger, uint pid, int signal, string reason);

    [LoggerMessage(204, LogLevel.Information, "{Count} leases of process {Pid} freed")]
    internal static partial void LeasesFreed(this ILogger logger, uint pid, int count);
}
