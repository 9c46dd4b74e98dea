using Microsoft.Extensions.Logging;

namespace VirtLock.Daemon.Tests.Logging;

/// <summary>Messages to log in tests.</summary>
internal static partial class SampleMessages
{
    [LoggerMessage(EventId = 9000, Message = "{Text}")]
    internal static partial void Say(this ILogger logger, LogLevel level, string text, Exception? exception = null);
}
