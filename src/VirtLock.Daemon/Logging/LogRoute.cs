using System.Globalization;

namespace VirtLock.Daemon.Logging;

/// <summary>Settings in force, with their outputs opened.</summary>
internal sealed class LogRoute(LogSettings settings, LogChannel[] channels) : IDisposable
{
    /// <summary>The lowest level that any output takes; above all levels when there is no output.</summary>
    private readonly LogPriority _lowest = LowestOf(channels);

    public LogSettings Settings => settings;

    /// <summary>The same outputs under settings that differ in the rest.</summary>
    public LogRoute With(LogSettings other) => new(other, channels);

    /// <summary>The level from which a category's lines have anywhere to go.</summary>
    public LogPriority ThresholdOf(string category)
    {
        LogPriority wanted = settings.Filters.PriorityOf(category) ?? settings.Level;
        return wanted > _lowest ? wanted : _lowest;
    }

    public void Write(in LogLine line)
    {
        foreach (LogChannel channel in channels)
        {
            if (line.Priority >= channel.Priority)
            {
                channel.Write(line);
            }
        }
    }

    public void Dispose()
    {
        foreach (LogChannel channel in channels)
        {
            channel.Dispose();
        }
    }

    private static LogPriority LowestOf(LogChannel[] channels)
    {
        LogPriority lowest = LogPriority.Error + 1;
        foreach (LogChannel channel in channels)
        {
            if (channel.Priority < lowest)
            {
                lowest = channel.Priority;
            }
        }

        return lowest;
    }
}

/// <summary>An output at work: introduces itself before its first line, and accounts for the lines that it could not deliver.</summary>
internal sealed class LogChannel(LogOutput output, ILogSink sink) : IDisposable
{
    private const string OwnCategory = "util.log";

    private bool _isIntroduced;
    private long _lost;

    public LogPriority Priority => output.Priority;

    public void Write(in LogLine line)
    {
        // A start that failed is told in one line.
        if (!_isIntroduced && line.EventId != LogMessages.StartFailedId)
        {
            // Whatever the output's level: a log that was handed on should say what wrote it, and where.
            _isIntroduced = true;
            _ = sink.Write(OwnLine(line, LogPriority.Info, $"VirtLock version: {ProductVersion.Text}"));
            _ = sink.Write(OwnLine(line, LogPriority.Info, $"hostname: {Environment.MachineName}"));
        }

        if (_lost > 0 && sink.Write(OwnLine(
            line, LogPriority.Warning, string.Create(CultureInfo.InvariantCulture, $"{_lost} lines could not be written and are lost"))))
        {
            _lost = 0;
        }

        if (!sink.Write(line))
        {
            _lost++;
        }
    }

    public void Dispose() => sink.Dispose();

    private static LogLine OwnLine(in LogLine occasion, LogPriority priority, string text) => new()
    {
        UtcTime = occasion.UtcTime,
        Priority = priority,
        ThreadId = occasion.ThreadId,
        Category = OwnCategory,
        Text = text,
    };
}
