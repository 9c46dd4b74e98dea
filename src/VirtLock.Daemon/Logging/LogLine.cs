namespace VirtLock.Daemon.Logging;

/// <summary>One message on its way to the outputs.</summary>
internal readonly ref struct LogLine
{
    public required DateTime UtcTime { get; init; }

    public required LogPriority Priority { get; init; }

    /// <summary>The kernel's number of the thread, which is the process's in the main thread.</summary>
    public required int ThreadId { get; init; }

    public required string Category { get; init; }

    public required string Text { get; init; }

    /// <summary>The message's number in <see cref="LogMessages"/>; 0 for those that have none.</summary>
    public int EventId { get; init; }

    /// <summary>The error code that a client was answered with, if the line tells of one.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>The domain of <see cref="ErrorCode"/>.</summary>
    public int? ErrorDomain { get; init; }
}
