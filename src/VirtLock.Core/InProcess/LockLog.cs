using Microsoft.Extensions.Logging;
using VirtLock.Locking;

namespace VirtLock;

/// <summary>Everything that the library logs, with numbers that stay: 1000 in process, 1100 as a client.</summary>
internal static partial class LockLog
{
    internal static void Happened(this ILogger logger, in LockEvent happened)
    {
        if (happened.Kind == LockEventKind.Lost)
        {
            logger.LeaseLost(happened.Name, happened.Owner.Pid);
        }
        else if (happened.Error is { } error)
        {
            logger.FileLeft(happened.Name, error.Description);
        }
        else if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.LeaseChanged(happened.Kind, happened.Mode, happened.Name, happened.Owner.Pid);
        }
    }

    [LoggerMessage(1000, LogLevel.Debug, "{Kind}: {Mode} lease on '{Name}' for pid {Pid}")]
    private static partial void LeaseChanged(this ILogger logger, LockEventKind kind, LockMode mode, ResourceName name, ProcessId pid);

    [LoggerMessage(1001, LogLevel.Error, "the lock on '{Name}' is gone while pid {Pid} still has its lease")]
    internal static partial void LeaseLost(this ILogger logger, ResourceName name, ProcessId pid);

    [LoggerMessage(1002, LogLevel.Warning, "'{Name}' was released but its file is left behind: {Reason}")]
    private static partial void FileLeft(this ILogger logger, ResourceName name, string reason);

    [LoggerMessage(1003, LogLevel.Error, "a handler of lock events failed")]
    internal static partial void HandlerFailed(this ILogger logger, Exception failure);

    [LoggerMessage(1004, LogLevel.Error, "a callback of a lost lease failed")]
    internal static partial void LostCallbackFailed(this ILogger logger, Exception failure);

    [LoggerMessage(
        1005,
        LogLevel.Warning,
        "the file system of '{Path}' refuses open file description locks: a POSIX lock was taken, which goes when anything in this process "
            + "closes the file")]
    internal static partial void FellBack(this ILogger logger, FilePath path);

    [LoggerMessage(1100, LogLevel.Debug, "connected to {SocketPath} for pid {Pid}")]
    internal static partial void Connected(this ILogger logger, string socketPath, ProcessId pid);

    [LoggerMessage(1101, LogLevel.Warning, "lost the connection to {SocketPath} and {Leases} leases with it: {Reason}")]
    internal static partial void ConnectionLost(this ILogger logger, string socketPath, string reason, int leases);

    [LoggerMessage(1102, LogLevel.Warning, "'{Name}' could not be released at the daemon: {Reason}")]
    internal static partial void ReleaseFailed(this ILogger logger, ResourceName name, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "{Count} requests to {SocketPath} were not answered before the connection was closed")]
    internal static partial void Unanswered(this ILogger logger, string socketPath, int count);
}
