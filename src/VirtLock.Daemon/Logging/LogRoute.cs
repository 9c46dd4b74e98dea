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
