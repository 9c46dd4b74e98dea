namespace VirtLock.Daemon.Logging;

/// <summary>Opens outputs.</summary>
internal static class LogSinks
{
    /// <summary>Opens an output.</summary>
    /// <exception cref="LogSettingsException">The system refuses.</exception>
    public static ILogSink Open(LogOutput output) => output.Kind switch
    {
        LogOutputKind.Stderr => DescriptorSink.OfStandardError(),
        LogOutputKind.File => DescriptorSink.OfFile(output.Name!),
        LogOutputKind.Syslog => new SyslogSink(output.Name!),
        _ => new JournalSink(),
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
