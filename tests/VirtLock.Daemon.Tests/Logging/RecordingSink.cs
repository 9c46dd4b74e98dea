using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Tests.Logging;

/// <summary>An output that keeps what it is given, and can be made to fail.</summary>
internal sealed class RecordingSink : ILogSink
{
    internal List<string> Lines { get; } = [];

    internal List<(int EventId, int? Code, int? Domain)> Facts { get; } = [];

    internal bool IsFailing { get; set; }

    internal bool IsDisposed { get; private set; }

    public bool Write(in LogLine line)
    {
        if (IsFailing)
        {
            return false;
        }

        Lines.Add($"{line.Category} {line.Priority} {line.Text}");
        Facts.Add((line.EventId, line.ErrorCode, line.ErrorDomain));
        return true;
    }

    public void Dispose() => IsDisposed = true;
}
