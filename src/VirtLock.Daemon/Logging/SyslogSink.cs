using System.Buffers;
using System.Globalization;
using System.Text;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// Lines to the system log in the form that syslog(3) writes. The C function itself keeps one identifier per process; here each output has
/// its own.
/// </summary>
internal sealed class SyslogSink(string identifier, string socketPath = SyslogSink.DefaultSocketPath) : ILogSink
{
    internal const string DefaultSocketPath = "/dev/log";

    /// <summary>LOG_DAEMON of sys/syslog.h, in its place above the severity.</summary>
    private const int DaemonFacility = 3 << 3;

    private readonly UnixDatagram _datagram = new(socketPath);
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public bool Write(in LogLine line)
    {
        _buffer.ResetWrittenCount();
        _buffer.Write("<"u8);
        LogLine.WriteNumber(_buffer, DaemonFacility | line.Priority.Severity);
        _buffer.Write(">"u8);
        WriteLocalTime(line.UtcTime);
        Encoding.UTF8.GetBytes(identifier, _buffer);
        _buffer.Write(": "u8);
        line.WriteMessage(_buffer);
        return _datagram.Send(_buffer.WrittenSpan) == 0;
    }

    public void Dispose() => _datagram.Dispose();

    /// <summary>RFC 3164, section 4.1.2: local time, and a day of one digit stands behind a space.</summary>
    private void WriteLocalTime(DateTime utc)
    {
        DateTime local = utc.ToLocalTime();
        string format = local.Day < 10 ? "MMM  d HH:mm:ss " : "MMM dd HH:mm:ss ";
        local.TryFormat(_buffer.GetSpan(32), out int length, format, CultureInfo.InvariantCulture);
        _buffer.Advance(length);
    }
}
