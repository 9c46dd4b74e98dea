using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Logging;

public sealed class DaemonLoggerProviderTests
{
    private readonly Dictionary<string, RecordingSink> _sinks = [];
    private DaemonLoggerProvider _provider;

    [SetUp]
    public void Start()
    {
        _sinks.Clear();
        _provider = new DaemonLoggerProvider(TimeProvider.System, Open);
    }

    [TearDown]
    public void End()
    {
        _provider.Dispose();
    }

    [Test]
    public void Until_it_is_configured_warnings_go_to_standard_error()
    {
        ILogger logger = _provider.CreateLogger("util.a");

        logger.Say(LogLevel.Warning, "seen");
        logger.Say(LogLevel.Information, "not seen");

        Assert.That(_provider.Settings.Outputs.ToString(), Is.EqualTo("3:stderr"));
        Assert.That(_sinks["3:stderr"].Lines[^1], Is.EqualTo("util.a Warning seen"));
        Assert.That(logger.IsEnabled(LogLevel.Information), Is.False);
    }

    [Test]
    public void An_output_introduces_itself_once_whatever_its_level()
    {
        _provider.Apply(Settings("4:stderr"));
        ILogger logger = _provider.CreateLogger("util.a");

        logger.Say(LogLevel.Error, "one");
        logger.Say(LogLevel.Error, "two");

        Assert.That(_sinks["4:stderr"].Lines, Is.EqualTo(new[]
        {
            $"util.log Info VirtLock version: {ProductVersion.Text}",
            $"util.log Info hostname: {Environment.MachineName}",
            "util.a Error one",
            "util.a Error two",
        }));
    }

    [Test]
    public void An_output_that_gets_no_line_does_not_introduce_itself()
    {
        _provider.Apply(Settings("4:stderr"));

        _provider.CreateLogger("util.a").Say(LogLevel.Warning, "too low");

        Assert.That(_sinks["4:stderr"].Lines, Is.Empty);
    }

    [Test]
    public void Each_output_takes_lines_from_its_own_level()
    {
        _provider.Apply(Settings("1:file:/a 3:file:/b", level: 1));

        _provider.CreateLogger("util.a").Say(LogLevel.Debug, "low");
        _provider.CreateLogger("util.a").Say(LogLevel.Warning, "high");

        Assert.That(MessagesOf("1:file:/a"), Is.EqualTo(new[] { "util.a Debug low", "util.a Warning high" }));
        Assert.That(MessagesOf("3:file:/b"), Is.EqualTo(new[] { "util.a Warning high" }));
    }

    [Test]
    public void A_filter_decides_for_its_categories_and_the_level_for_the_others()
    {
        _provider.Apply(Settings("1:file:/a", level: 3, filters: "1:lockspace 4:rpc"));

        foreach (string category in (string[])["util.lockspace", "rpc.netserver", "locking.lock_daemon"])
        {
            ILogger logger = _provider.CreateLogger(category);
            logger.Say(LogLevel.Trace, "t");
            logger.Say(LogLevel.Warning, "w");
            logger.Say(LogLevel.Critical, "c");
        }

        Assert.That(MessagesOf("1:file:/a"), Is.EqualTo(new[]
        {
            "util.lockspace Debug t", "util.lockspace Warning w", "util.lockspace Error c",
            "rpc.netserver Error c",
            "locking.lock_daemon Warning w", "locking.lock_daemon Error c",
        }));
    }

    [Test]
    public void A_level_that_no_output_takes_is_not_enabled()
    {
        _provider.Apply(Settings("3:stderr", level: 1));

        Assert.That(_provider.CreateLogger("util.a").IsEnabled(LogLevel.Debug), Is.False);
    }

    [Test]
    public void Loggers_that_exist_follow_a_change_of_settings()
    {
        _provider.Apply(Settings("1:file:/a"));
        ILogger logger = _provider.CreateLogger("util.a");
        logger.Say(LogLevel.Debug, "before");

        _provider.Apply(_provider.Settings.WithFilters("1:util"));
        logger.Say(LogLevel.Debug, "between");
        _provider.Apply(_provider.Settings.WithFilters(null));
        logger.Say(LogLevel.Debug, "after");

        Assert.That(MessagesOf("1:file:/a"), Is.EqualTo(new[] { "util.a Debug between" }));
    }

    [Test]
    public void Outputs_no_longer_wanted_are_closed()
    {
        _provider.Apply(Settings("1:file:/a"));
        RecordingSink first = _sinks["1:file:/a"];

        _provider.Apply(_provider.Settings.WithOutputs("1:file:/b"));

        Assert.That(first.IsDisposed, Is.True);
        Assert.That(_sinks["1:file:/b"].IsDisposed, Is.False);
    }

    [Test]
    public void Outputs_stay_open_when_only_filters_change()
    {
        _provider.Apply(Settings("1:file:/a"));
        RecordingSink sink = _sinks["1:file:/a"];

        _provider.Apply(_provider.Settings.WithFilters("1:util"));

        Assert.That(sink.IsDisposed, Is.False);
        Assert.That(_sinks["1:file:/a"], Is.SameAs(sink));
    }

    [Test]
    public void Settings_with_an_output_that_cannot_be_opened_change_nothing()
    {
        _provider.Apply(Settings("1:file:/a"));

        Assert.That(
            () => _provider.Apply(Settings("1:file:/b 1:file:/refused")),
            Throws.TypeOf<LogSettingsException>().With.Property(nameof(LogSettingsException.Error)).EqualTo(LogSettingsError.SystemError));

        Assert.That(_provider.Settings.Outputs.ToString(), Is.EqualTo("1:file:/a"));
        Assert.That(_sinks["1:file:/a"].IsDisposed, Is.False);
        Assert.That(_sinks["1:file:/b"].IsDisposed, Is.True, "what was opened before the refusal stays open");
    }

    [Test]
    public void Trying_settings_out_leaves_nothing_open_and_changes_nothing()
    {
        _provider.TryOut(Settings("1:file:/b"));

        Assert.That(_sinks["1:file:/b"].IsDisposed, Is.True);
        Assert.That(_provider.Settings.Outputs.ToString(), Is.EqualTo("3:stderr"));
        Assert.That(() => _provider.TryOut(Settings("1:file:/b 1:file:/refused")), Throws.TypeOf<LogSettingsException>());
    }

    [TestCase("1:file:/b 1:file:/refused 2:file:/c", "1:file:/b 2:file:/c", "failed to open /refused")]
    [TestCase("1:file:/refused", "3:stderr", "failed to open /refused")]
    [TestCase("1:file:/b", "1:file:/b")]
    public void A_daemon_that_may_not_end_for_its_log_has_the_outputs_that_open(string wanted, string expected, params string[] problems)
    {
        Assert.That(_provider.ApplyWhatOpens(Settings(wanted)), Is.EqualTo(problems));

        Assert.That(_provider.Settings.Outputs.ToString(), Is.EqualTo(expected));
        Assert.That(_sinks[expected.Split(' ')[0]].IsDisposed, Is.False);
    }

    [Test]
    public void Lines_that_could_not_be_written_are_counted_and_told_of()
    {
        _provider.Apply(Settings("3:file:/a"));
        ILogger logger = _provider.CreateLogger("util.a");
        RecordingSink sink = _sinks["3:file:/a"];
        logger.Say(LogLevel.Error, "one");

        sink.IsFailing = true;
        logger.Say(LogLevel.Error, "two");
        logger.Say(LogLevel.Error, "three");
        sink.IsFailing = false;
        logger.Say(LogLevel.Error, "four");
        logger.Say(LogLevel.Error, "five");

        Assert.That(sink.Lines.Skip(2), Is.EqualTo(new[]
        {
            "util.a Error one", "util.log Warning 2 lines could not be written and are lost", "util.a Error four", "util.a Error five",
        }));
    }

    [Test]
    public void The_error_that_a_client_was_answered_with_travels_beside_the_text()
    {
        _provider.Apply(Settings("3:file:/a"));

        _provider.CreateLogger(LogCategories.Server).ErrorAnswered("resource busy", errorCode: 42, errorDomain: 7);
        _provider.CreateLogger(LogCategories.Server).StartFailed("no such thing");

        Assert.That(_sinks["3:file:/a"].Facts.Skip(2), Is.EqualTo(new (int, int?, int?)[] { (2, 42, 7), (1, null, null) }));
        Assert.That(MessagesOf("3:file:/a")[0], Is.EqualTo("rpc.netserver Error resource busy (code 42, domain 7)"));
    }

    [Test]
    public void An_exception_is_told_after_the_text()
    {
        _provider.CreateLogger("util.a").Say(LogLevel.Error, "failed", new InvalidOperationException("broken"));

        Assert.That(_sinks["3:stderr"].Lines[^1], Is.EqualTo("util.a Error failed: System.InvalidOperationException: broken"));
    }

    [Test]
    public void Lines_after_the_end_are_dropped_in_silence()
    {
        ILogger logger = _provider.CreateLogger("util.a");
        _provider.Dispose();

        Assert.That(() => logger.Say(LogLevel.Error, "late"), Throws.Nothing);
        Assert.That(_sinks["3:stderr"].Lines, Is.Empty);
    }

    private static LogSettings Settings(string outputs, uint level = 0, string filters = "") => LogSettings.From(
        new DaemonOptions { LogOutputs = outputs, LogLevel = level, LogFilters = filters }, LogOutputKind.Stderr, logFile: "");

    private RecordingSink Open(LogOutput output)
    {
        if (output.Name == "/refused")
        {
            throw new LogSettingsException(LogSettingsError.SystemError, "failed to open /refused");
        }

        return _sinks[output.ToString()] = new RecordingSink();
    }

    private IReadOnlyList<string> MessagesOf(string output) =>
        [.. _sinks[output].Lines.Where(line => !line.StartsWith("util.log ", StringComparison.Ordinal))];
}
