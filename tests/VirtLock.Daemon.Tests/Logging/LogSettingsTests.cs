using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Logging;

internal sealed class LogSettingsTests
{
    private const string LogFile = "/var/log/x.log";

    [TestCase(0u, false, LogPriority.Warning)]
    [TestCase(1u, false, LogPriority.Debug)]
    [TestCase(4u, false, LogPriority.Error)]
    [TestCase(0u, true, LogPriority.Info)]
    [TestCase(4u, true, LogPriority.Info)]
    [TestCase(1u, true, LogPriority.Debug)]
    public void The_level_is_warning_unless_set_and_verbose_only_lowers_it(uint level, bool isVerbose, LogPriority expected) =>
        Assert.That(From(new DaemonOptions { LogLevel = level, IsVerbose = isVerbose }).Level, Is.EqualTo(expected));

    [TestCase(LogOutputKind.Stderr, 1u, "1:stderr")]
    [TestCase(LogOutputKind.Stderr, 0u, "3:stderr")]
    [TestCase(LogOutputKind.File, 2u, "2:file:/var/log/x.log")]
    [TestCase(LogOutputKind.Journald, 4u, "4:journald")]
    [TestCase(LogOutputKind.Journald, 1u, "2:journald")]
    public void The_default_output_has_the_level_but_a_journal_never_below_info(LogOutputKind kind, uint level, string expected) =>
        Assert.That(LogSettings.From(new DaemonOptions { LogLevel = level }, kind, LogFile).Outputs.ToString(), Is.EqualTo(expected));

    [Test]
    public void Configured_outputs_take_the_place_of_the_default_one() =>
        Assert.That(From(new DaemonOptions { LogOutputs = "1:stderr 4:syslog:x" }).Outputs.ToString(), Is.EqualTo("1:stderr 4:syslog:x"));

    [TestCase(null)]
    [TestCase("")]
    public void An_absent_or_empty_text_resets_outputs_and_filters(string? text)
    {
        LogSettings settings = From(new DaemonOptions { LogOutputs = "1:syslog:x", LogFilters = "1:util" });

        Assert.That(settings.WithOutputs(text).Outputs.ToString(), Is.EqualTo("3:stderr"));
        Assert.That(settings.WithFilters(text).Filters.Count, Is.Zero);
    }

    [TestCase(true, true, true, LogOutputKind.Journald)]
    [TestCase(true, false, true, LogOutputKind.Journald)]
    [TestCase(true, true, false, LogOutputKind.File)]
    [TestCase(true, false, false, LogOutputKind.File)]
    [TestCase(false, false, true, LogOutputKind.Journald)]
    [TestCase(false, true, true, LogOutputKind.Stderr)]
    [TestCase(false, true, false, LogOutputKind.Stderr)]
    [TestCase(false, false, false, LogOutputKind.Stderr)]
    public void The_default_output_depends_on_who_could_be_watching(
        bool isDaemonizing, bool inputIsTerminal, bool hasJournal, LogOutputKind expected) =>
        Assert.That(DefaultLogOutput.Choose(isDaemonizing, inputIsTerminal, hasJournal), Is.EqualTo(expected));

    private static LogSettings From(DaemonOptions options) => LogSettings.From(options, LogOutputKind.Stderr, LogFile);
}
