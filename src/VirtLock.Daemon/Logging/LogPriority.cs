using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace VirtLock.Daemon.Logging;

/// <summary>libvirt's log levels, with the numbers that configuration and the admin protocol write.</summary>
internal enum LogPriority
{
    Debug = 1,
    Info = 2,
    Warning = 3,
    Error = 4,
}

/// <summary>What a <see cref="LogPriority"/> is called elsewhere.</summary>
internal static class LogPriorities
{
    public static LogPriority Of(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => LogPriority.Debug,
        LogLevel.Information => LogPriority.Info,
        LogLevel.Warning => LogPriority.Warning,
        _ => LogPriority.Error,
    };

    /// <summary>Reads the number in a filter or an output; a sign and leading zeros pass, as they do with libvirt.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LogPriority priority)
    {
        bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
        priority = (LogPriority)number;
        return isNumber && priority is >= LogPriority.Debug and <= LogPriority.Error;
    }

    extension(LogPriority priority)
    {
        /// <summary>The word in a line of the log.</summary>
        public ReadOnlySpan<byte> Word => priority switch
        {
            LogPriority.Debug => "debug"u8,
            LogPriority.Info => "info"u8,
            LogPriority.Warning => "warning"u8,
            LogPriority.Error => "error"u8,
            _ => throw new UnreachableException(),
        };

        /// <summary>The severity that syslog(3) and journald number the other way round.</summary>
        public int Severity => priority switch
        {
            LogPriority.Debug => 7,
            LogPriority.Info => 6,
            LogPriority.Warning => 4,
            _ => 3,
        };
    }
}
