using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>The output of a daemon that has none configured.</summary>
internal static class DefaultLogOutput
{
    /// <summary>Looks at this process's standard input and at the host's journal.</summary>
    public static LogOutputKind Detect(bool isDaemonizing) =>
        Choose(isDaemonizing, LibC.isatty(0) == 1, JournalSink.IsAvailable());

    /// <summary>
    /// Someone at a terminal wants to see the lines there. Everybody else has the journal, or without one a file when nobody holds standard
    /// error.
    /// </summary>
    public static LogOutputKind Choose(bool isDaemonizing, bool inputIsTerminal, bool hasJournal) =>
        (isDaemonizing, inputIsTerminal, hasJournal) switch
        {
            (true, _, true) => LogOutputKind.Journald,
            (true, _, false) => LogOutputKind.File,
            (false, false, true) => LogOutputKind.Journald,
            (false, _, _) => LogOutputKind.Stderr,
        };

    /// <summary>The output at the daemon's level, except that a journal is not flooded with debug lines unasked.</summary>
    public static LogOutput Create(LogOutputKind kind, LogPriority level, string logFile) => kind switch
    {
        LogOutputKind.Journald when level < LogPriority.Info => new LogOutput(LogPriority.Info, kind),
        LogOutputKind.File => new LogOutput(level, kind, logFile),
        _ => new LogOutput(level, kind),
    };

    /// <summary>Makes the directory of the default log file, which nobody else may have made yet.</summary>
    public static void PrepareDirectory(LogOutput output)
    {
        if (output.Kind != LogOutputKind.File || Path.GetDirectoryName(output.Name) is not { Length: > 0 } directory)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Opening the file will fail next, and says what is wrong with the path.
        }
    }
}
