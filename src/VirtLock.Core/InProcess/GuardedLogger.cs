using Microsoft.Extensions.Logging;

namespace VirtLock;

/// <summary>
/// A user's logger, whose failures stay its own: it is called between a grant and its bookkeeping, and an exception there would leave a
/// lock that nobody can release.
/// </summary>
internal sealed class GuardedLogger(ILogger logger) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            // Where to say so is just what failed.
            return false;
        }
    }

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // Where to say so is just what failed.
        }
    }
}
