namespace VirtLock.Daemon.Logging;

/// <summary>An opened output. The provider calls it from one thread at a time.</summary>
internal interface ILogSink : IDisposable
{
    /// <summary>Opens an output.</summary>
    /// <exception cref="LogSettingsException">The system refuses.</exception>
    static ILogSink Open(LogOutput output) => output.Kind switch
    {
        LogOutputKind.Stderr => DescriptorSink.OfStandardError(),
        LogOutputKind.File => DescriptorSink.OfFile(output.Name!),
        LogOutputKind.Syslog => new SyslogSink(output.Name!),
        _ => new JournalSink(),
    };

    /// <summary>Hands one line over. Never throws: a daemon without its log still has locks to keep.</summary>
    /// <returns>False when the line is lost.</returns>
    bool Write(in LogLine line);
}
