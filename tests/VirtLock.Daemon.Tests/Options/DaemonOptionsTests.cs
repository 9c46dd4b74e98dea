using Microsoft.Extensions.Options;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class DaemonOptionsTests
{
    [Test]
    public void Without_any_configuration_the_defaults_are_libvirts()
    {
        DaemonOptions options = Read("");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.MaxClients, Is.EqualTo(1024));
            Assert.That(options.AdminMaxClients, Is.EqualTo(5000));
            Assert.That(options.LogLevel, Is.Zero);
            Assert.That(options.LogFilters, Is.Empty);
            Assert.That(options.LogOutputs, Is.Empty);
            Assert.That(options.LockSpaces, Is.Empty);
            Assert.That(options.AllowsUncheckedUpgrade, Is.False);
            Assert.That(options.FenceReleaseAfterSeconds, Is.Zero);
            Assert.That(options.IsVerbose, Is.False);
            Assert.That(options.TimeoutSeconds, Is.Zero);
        }
    }

    [Test]
    public void Every_key_reaches_its_option()
    {
        DaemonOptions options = Read("""
            log_level = 2
            log_filters = "1:util"
            log_outputs = "1:stderr"
            max_clients = 4294967295
            admin_max_clients = 0
            lockspaces = [ "/a", "/b" ]
            upgrade_unchecked = 1
            fence_release_after = 3

            """);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.LogLevel, Is.EqualTo(2));
            Assert.That(options.LogFilters, Is.EqualTo("1:util"));
            Assert.That(options.LogOutputs, Is.EqualTo("1:stderr"));
            Assert.That(options.MaxClients, Is.EqualTo(uint.MaxValue));
            Assert.That(options.AdminMaxClients, Is.Zero);
            Assert.That(options.LockSpaces, Is.EqualTo(new[] { "/a", "/b" }));
            Assert.That(options.AllowsUncheckedUpgrade, Is.True);
            Assert.That(options.FenceReleaseAfterSeconds, Is.EqualTo(3));
        }
    }

    [Test]
    public void The_command_line_adds_verbosity_and_timeout()
    {
        DaemonOptions options = Read("", new CommandLineOptions { Verbose = true, TimeoutSeconds = 9 });

        Assert.That(options.IsVerbose, Is.True);
        Assert.That(options.TimeoutSeconds, Is.EqualTo(9));
    }

    [Test]
    public void The_file_of_the_command_line_takes_the_place_of_the_default_one()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "max_clients = 7\n");

        DaemonOptions options = Read("max_clients = 8\n", new CommandLineOptions { ConfigFile = path });

        File.Delete(path);
        Assert.That(options.MaxClients, Is.EqualTo(7));
    }

    private static IEnumerable<TestCaseData> Refused =>
    [
        new(new DaemonOptions { LogLevel = 5 }, "'5'"),
        new(new DaemonOptions { LogFilters = "9:x" }, "'9:x'"),
        new(new DaemonOptions { LogOutputs = "1:nowhere" }, "'nowhere'"),
        new(new DaemonOptions { LockSpaces = ["relative/path"] }, "'relative/path'"),
        new(new DaemonOptions { LockSpaces = [""] }, "'lockspaces'"),
        new(new DaemonOptions { LockSpaces = ["/a\0b"] }, "'lockspaces'"),
    ];

    [TestCaseSource(nameof(Refused))]
    public void An_option_that_the_daemon_cannot_start_with_is_refused_by_name(object options, string named) =>
        Assert.That(() => Validate((DaemonOptions)options), Throws.TypeOf<OptionsValidationException>().With.Message.Contains(named));

    [Test]
    public void Of_several_mistakes_the_first_is_told() =>
        Assert.That(
            () => Validate(new DaemonOptions { LogFilters = "9:x", LogOutputs = "1:nowhere", LockSpaces = ["relative/path"] }),
            Throws.TypeOf<OptionsValidationException>().With.Message.EqualTo("Invalid priority '9' for filter '9:x'"));

    private static DaemonOptions Read(string file, CommandLineOptions? commandLine = null)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, file);
        DaemonOptions options = DaemonOptions.Read(commandLine ?? new CommandLineOptions(), path, static _ => null);
        File.Delete(path);
        Validate(options);
        return options;
    }

    private static void Validate(DaemonOptions options) => options.Validate(new LogSettingsValidator(), new DaemonOptionsValidator());
}
