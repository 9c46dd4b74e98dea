using System.Globalization;
using System.Text;
using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Tests.Logging;

internal sealed class SyslogSinkTests
{
    [TestCase(LogPriority.Debug, "<31>", "debug")]
    [TestCase(LogPriority.Info, "<30>", "info")]
    [TestCase(LogPriority.Warning, "<28>", "warning")]
    [TestCase(LogPriority.Error, "<27>", "error")]
    public void A_line_has_the_daemon_facility_the_outputs_identifier_and_no_UTC_time(LogPriority priority, string head, string word)
    {
        using var syslog = new Datagrams();
        using var sink = new SyslogSink("me", syslog.SocketPath);

        Assert.That(sink.Write(LogSample.Line("text", priority)), Is.True);

        DateTime local = new DateTime(2026, 1, 5, 7, 8, 9, DateTimeKind.Utc).ToLocalTime();
        string time = local.ToString("MMM ", CultureInfo.InvariantCulture) + $"{local.Day,2} {local:HH:mm:ss}";
        Assert.That(Encoding.UTF8.GetString(syslog.Receive()), Is.EqualTo($"{head}{time} me: 4711: {word} : text\n"));
    }

    [Test]
    public void Without_a_system_log_lines_are_lost_and_nothing_else()
    {
        using var sink = new SyslogSink("me", "/nonexistent/log");

        Assert.That(sink.Write(LogSample.Line("lost")), Is.False);
    }
}
