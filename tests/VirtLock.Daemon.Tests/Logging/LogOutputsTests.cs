using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Tests.Logging;

public sealed class LogOutputsTests
{
    [Test]
    public void Outputs_are_told_joined_by_single_spaces() =>
        Assert.That(
            LogOutputs.Parse(" 1:journald  2:syslog:me 3:stderr 4:file:/x.log ").ToString(),
            Is.EqualTo("1:journald 2:syslog:me 3:stderr 4:file:/x.log"));

    [Test]
    public void A_place_named_again_replaces_the_earlier_and_moves_to_the_end() =>
        Assert.That(
            LogOutputs.Parse("1:file:/var/x.log 4:stderr 3:file:/var/../var//x.log").ToString(),
            Is.EqualTo("4:stderr 3:file:/var/x.log"));

    [Test]
    public void Places_of_one_kind_are_told_apart_by_name() =>
        Assert.That(LogOutputs.Parse("1:syslog:a 1:syslog:b 1:file:/a 1:file:/b").Count, Is.EqualTo(4));

    [Test]
    public void A_relative_path_is_made_absolute() =>
        Assert.That(LogOutput.Parse("1:file:x.log").Name, Is.EqualTo(Path.Combine(Environment.CurrentDirectory, "x.log")));

    [Test]
    public void No_text_is_no_outputs() =>
        Assert.That(LogOutputs.Parse("  ").Count, Is.Zero);

    [TestCase("1", "Malformed format for log output '1'")]
    [TestCase("9:stderr", "Invalid log priority '9' for log output '9:stderr'")]
    [TestCase(":stderr", "Invalid log priority '' for log output ':stderr'")]
    [TestCase("1:nowhere", "Invalid log destination 'nowhere' for log output '1:nowhere'")]
    [TestCase("2:STDERR", "Invalid log destination 'STDERR' for log output '2:STDERR'")]
    [TestCase("2::stderr", "Invalid log destination '' for log output '2::stderr'")]
    [TestCase("1:stderr:x", "Log output '1:stderr:x' does not meet the format requirements for destination type 'stderr'")]
    [TestCase("1:journald:x", "Log output '1:journald:x' does not meet the format requirements for destination type 'journald'")]
    [TestCase("1:syslog", "Log output '1:syslog' does not meet the format requirements for destination type 'syslog'")]
    [TestCase("1:file", "Log output '1:file' does not meet the format requirements for destination type 'file'")]
    [TestCase("1:file:/a:b", "Log output '1:file:/a:b' does not meet the format requirements for destination type 'file'")]
    [TestCase("1:file:/a\0b", "Log output '1:file:/a\0b' does not meet the format requirements for destination type 'file'")]
    public void A_malformed_output_is_refused_in_libvirts_words(string text, string message)
    {
        LogSettingsException refusal = Assert.Throws<LogSettingsException>(() => LogOutputs.Parse(text));

        Assert.That(refusal.Message, Is.EqualTo(message));
        Assert.That(refusal.Error, Is.EqualTo(LogSettingsError.InvalidArgument));
    }
}
