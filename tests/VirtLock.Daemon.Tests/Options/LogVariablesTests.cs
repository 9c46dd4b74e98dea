using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class LogVariablesTests
{
    [Test]
    public void Variables_override_the_file_and_empty_ones_do_not()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "log_level = 4\nlog_filters = '1:file'\nlog_outputs = '1:stderr'\n");

        DaemonOptions options = Read(
            path, ("LIBVIRT_DEBUG", "info"), ("LIBVIRT_LOG_FILTERS", "2:environment"), ("LIBVIRT_LOG_OUTPUTS", ""));

        File.Delete(path);
        Assert.That(options.LogLevel, Is.EqualTo(2));
        Assert.That(options.LogFilters, Is.EqualTo("2:environment"));
        Assert.That(options.LogOutputs, Is.EqualTo("1:stderr"));
    }

    [Test]
    public void Outputs_come_from_their_variable() =>
        Assert.That(Read("/nonexistent", ("LIBVIRT_LOG_OUTPUTS", "2:stderr")).LogOutputs, Is.EqualTo("2:stderr"));

    [TestCase("1", 1u)]
    [TestCase("debug", 1u)]
    [TestCase("warning", 3u)]
    [TestCase("4", 4u)]
    public void The_debug_variable_takes_a_number_or_a_name(string value, uint level) =>
        Assert.That(Read("/nonexistent", ("LIBVIRT_DEBUG", value)).LogLevel, Is.EqualTo(level));

    [TestCase("0")]
    [TestCase("5")]
    [TestCase("warn")]
    [TestCase("DEBUG")]
    [TestCase(" 2")]
    public void The_debug_variable_takes_nothing_else(string value) =>
        Assert.That(
            () => Read("/nonexistent", ("LIBVIRT_DEBUG", value)),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains($"'{value}'"));

    private static DaemonOptions Read(string file, params (string Name, string Value)[] environment) => DaemonOptions.Read(
        new CommandLineOptions(), file, environment.ToDictionary(v => v.Name, v => v.Value).GetValueOrDefault);
}
