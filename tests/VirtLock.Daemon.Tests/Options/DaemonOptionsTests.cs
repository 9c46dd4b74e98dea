using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class DaemonOptionsTests
{
    [Test]
    public void Without_any_configuration_the_defaults_are_libvirts()
    {
        DaemonOptions options = Read([]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.MaxClients, Is.EqualTo(1024));
            Assert.That(options.AdminMaxClients, Is.EqualTo(5000));
            Assert.That(options.LogLevel, Is.Zero);
            Assert.That(options.LogFilters, Is.Empty);
            Assert.That(options.LogOutputs, Is.Empty);
            Assert.That(options.LockSpaces, Is.Empty);
            Assert.That(options.AllowsUncheckedUpgrade, Is.False);
            Assert.That(options.IsVerbose, Is.False);
            Assert.That(options.TimeoutSeconds, Is.Zero);
        }
    }

    [Test]
    public void Every_key_reaches_its_option()
    {
        DaemonOptions options = Read(new()
        {
            ["log_level"] = "2",
            ["log_filters"] = "1:util",
            ["log_outputs"] = "1:stderr",
            ["max_clients"] = "4294967295",
            ["admin_max_clients"] = "0",
            ["lockspaces:0"] = "/a",
            ["lockspaces:1"] = "/b",
            ["upgrade_unchecked"] = "1",
        });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.LogLevel, Is.EqualTo(2));
            Assert.That(options.LogFilters, Is.EqualTo("1:util"));
            Assert.That(options.LogOutputs, Is.EqualTo("1:stderr"));
            Assert.That(options.MaxClients, Is.EqualTo(uint.MaxValue));
            Assert.That(options.AdminMaxClients, Is.Zero);
            Assert.That(options.LockSpaces, Is.EqualTo(new[] { "/a", "/b" }));
            Assert.That(options.AllowsUncheckedUpgrade, Is.True);
        }
    }

    [Test]
    public void The_command_line_adds_verbosity_and_timeout()
    {
        DaemonOptions options = Read([], new CommandLineOptions { Verbose = true, TimeoutSeconds = 9 });

        Assert.That(options.IsVerbose, Is.True);
        Assert.That(options.TimeoutSeconds, Is.EqualTo(9));
    }

    [TestCase("log_level", "5", "'5'")]
    [TestCase("log_filters", "9:x", "'9:x'")]
    [TestCase("log_outputs", "1:nowhere", "'nowhere'")]
    [TestCase("lockspaces:0", "relative/path", "'relative/path'")]
    [TestCase("lockspaces:0", "", "'lockspaces'")]
    [TestCase("lockspaces:0", "/a\0b", "'lockspaces'")]
    public void An_option_that_the_daemon_cannot_start_with_is_refused_by_name(string key, string value, string named) =>
        Assert.That(
            () => Read(new() { [key] = value }), Throws.TypeOf<OptionsValidationException>().With.Message.Contains(named));

    private static DaemonOptions Read(Dictionary<string, string?> settings, CommandLineOptions? commandLine = null)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using ServiceProvider services = new ServiceCollection()
            .AddDaemonOptions(configuration, commandLine ?? new CommandLineOptions())
            .BuildServiceProvider();
        return services.GetRequiredService<IOptions<DaemonOptions>>().Value;
    }
}
