using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Tests.Logging;

/// <summary>A line for outputs to write.</summary>
internal static class LogSample
{
    internal static LogLine Line(string text, LogPriority priority = LogPriority.Warning, int? code = null, int? domain = null) => new()
    {
        UtcTime = new DateTime(2026, 1, 5, 7, 8, 9, 45, DateTimeKind.Utc),
        Priority = priority,
        ThreadId = 4711,
        Category = "util.lockspace",
        Text = text,
        EventId = 100,
        ErrorCode = code,
        ErrorDomain = domain,
    };
}
