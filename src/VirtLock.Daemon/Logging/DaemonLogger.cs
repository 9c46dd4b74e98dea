using Microsoft.Extensions.Logging;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>The logger of one category.</summary>
internal sealed class DaemonLogger(DaemonLoggerProvider provider, string category) : ILogger
{
    /// <summary>The names under which a message's arguments tell the error that a client was answered with.</summary>
    internal const string ErrorCodeArgument = "errorCode";
    internal const string ErrorDomainArgument = "errorDomain";

    [ThreadStatic]
    private static int _threadId;

    private Threshold? _threshold;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && LogPriorities.Of(logLevel) >= CurrentThreshold();

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string text = formatter(state, exception);
        LogPriority priority = LogPriorities.Of(logLevel);
        provider.Write(new LogLine
        {
            UtcTime = provider.UtcNow(),
            Priority = priority,
            ThreadId = ThreadId(),
            Category = category,
            Text = exception is null ? text : $"{text}: {exception}",
            EventId = eventId.Id,
            ErrorCode = priority == LogPriority.Error ? Argument(state, ErrorCodeArgument) : null,
            ErrorDomain = priority == LogPriority.Error ? Argument(state, ErrorDomainArgument) : null,
        });
    }

    private static int? Argument<TState>(TState state, string name)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> arguments)
        {
            for (int i = 0; i < arguments.Count; i++)
            {
                if (string.Equals(arguments[i].Key, name, StringComparison.OrdinalIgnoreCase) && arguments[i].Value is int value)
                {
                    return value;
                }
            }
        }

        return null;
    }

    private static int ThreadId() => _threadId != 0 ? _threadId : _threadId = LibC.gettid();

    private LogPriority CurrentThreshold()
    {
        LogRoute route = provider.Route;
        Threshold? threshold = _threshold;
        if (threshold?.Route != route)
        {
            _threshold = threshold = new Threshold(route, route.ThresholdOf(category));
        }

        return threshold.Priority;
    }

    /// <summary>
    /// What the filters said, and for which settings: matching patterns for every debug line would cost more than the line.
    /// </summary>
    private sealed record Threshold(LogRoute Route, LogPriority Priority);
}
