namespace VirtLock.Daemon.Logging;

/// <summary>An opened output. The provider calls it from one thread at a time.</summary>
internal interface ILogSink : IDisposable
{
    /// <summary>Hands one line over. Never throws: a daemon without its log still has locks to keep.</summary>
    /// <returns>False when the line is lost.</returns>
    bool Write(in LogLine line);
}
