using Microsoft.Extensions.Logging;
using VirtLock.Locking;

namespace VirtLock.Daemon.Logging;

/// <summary>Logs what happens to leases. Quiet unless asked for debug lines, but for what went wrong.</summary>
internal sealed class LeaseLog(ILogger logger)
{
    internal void Write(LockEvent happened)
    {
        if (happened.Error is { } error)
        {
            logger.LockFileLeft(happened.Name.ToString(), error.Description);
        }

        if (happened.Kind == LockEventKind.Lost)
        {
            logger.LeaseLost(happened.Name.ToString(), happened.Owner.Pid.Value);
        }
        else if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.LeaseChanged(happened.Name.ToString(), happened.Kind, happened.Owner.Pid.Value);
        }
    }

    /// <summary>Tells of a file that got a POSIX lock, as its file system refused the better one.</summary>
    internal void WriteFallback(FilePath path) => logger.FellBackToPosix(path.ToString());
}
