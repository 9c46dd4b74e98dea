using Microsoft.Extensions.Options;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.TestKit.Daemons;
using DaemonOptions = VirtLock.Daemon.Options.DaemonOptions;

namespace VirtLock.Daemon.Tests.Options;

/// <summary>
/// The same configuration files and variables, given to libvirt's daemon: both refuse the same ones, and at the same line.
/// </summary>
public sealed class LibvirtConfigurationTests
{
    private static readonly string[] Contents =
    [
        "", "# c", "a=1\n\n", "a=1;", "a=1 ; # c\nb=2", "a=1\rb=2\r", "a=1\n\rb=2\n", "  a = 1\n\t b=2\n",
        "a='x'", "a=\"\"\"x\n\ny\"\"\"\n", "a=\"\"\"x\"y\"\"z\"\"\"\n", "a=\"\\\"\n", "a=[1,]\n", "a=[[1,2],\"x\"]\n", "a=[ 1\t,\r2 ]",
        "max_clients=+5\n", "max_clients=007\n", "max_clients=4294967295\n", "max_clients=5\nmax_clients='x'\n", "MAX_CLIENTS='x'\n",
        "log_level=0\nlog_level=9\n", "log_filters=''\n", "max_clients=18446744073709551617\n",
        "= 5\n", "5 = 5\n", "_a = 1\n", ";\n", "a=1;;b=2\n", "a=1\n;b=2", "é=1\n", "\f a=1\n",
        "max_clients\n", "a-b = 1\n", "a.b = 1\n", "a\n=1\n", "a=1\rb", "#c\rb\n",
        "max_clients = \n", "max_clients = abc\n", "a=1;max_clients=x", "a=\n1\n", "a=# c\n", "a=[# c\n 1]\n", "a=[,]\n",
        "a=]\n", "b='x'\n\na=x",
        "max_clients = 5 6\n", "max_clients = 5x\n", "a='x'y\n", "a=0x10\n", "a=[1][2]\n", "a='''x'''\n",
        "a=[1 2]\n", "a=[1;2]\n", "a=[1\n[2]]", "a = [1,2\n\n", "a=[", "a=[\n",
        "a = +\n", "a=- 1\n", "a=[-]", "a = 'x\n", "a='x\ry'", "a=['x]\n",
        "max_clients=-1\n", "max_clients=-0\n", "max_clients='1'\n", "max_clients=[1]\n", "log_filters=1\n", "log_outputs=['a']\n",
        "max_clients=4294967296\n", "max_clients=18446744073709551615\n",
        "log_level=5\n", "log_filters='1'\n", "log_filters='9:x'\n", "log_filters='1:'\n", "log_filters='1:+'\n", "log_outputs='1:x'\n",
        "log_outputs='1:stderr:x'\n", "log_outputs='1:file'\n", "log_outputs='1:file:/a:b'\n", "log_outputs='x:stderr'\n",
    ];

    private string _path = "";

    [SetUp]
    public void CreateFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [TestCaseSource(nameof(Contents))]
    public void A_file_is_refused_where_libvirt_refuses_it(string content)
    {
        File.WriteAllText(_path, content);
        DaemonRun libvirt = DaemonRun.Of(DaemonKind.Libvirt, ["-t", "1", "-p", "/nonexistent/pid", "-f", _path]);
        bool libvirtTookIt = libvirt.Error.Contains("/nonexistent/pid", StringComparison.Ordinal);

        string? refusal = RefusalOf(new Dictionary<string, string>());

        Assert.That(refusal is null, Is.EqualTo(libvirtTookIt), $"{libvirt.Error}{refusal}");
        if (refusal is not null && libvirt.Error.Contains("syntax error", StringComparison.Ordinal))
        {
            Assert.That(LineIn(refusal), Is.EqualTo(LineIn(libvirt.Error)), libvirt.Error);
        }
    }

    [TestCase("LIBVIRT_DEBUG", "9")]
    [TestCase("LIBVIRT_DEBUG", "0")]
    [TestCase("LIBVIRT_DEBUG", "warn")]
    [TestCase("LIBVIRT_DEBUG", "DEBUG")]
    [TestCase("LIBVIRT_DEBUG", "warning")]
    [TestCase("LIBVIRT_DEBUG", "")]
    [TestCase("LIBVIRT_LOG_FILTERS", "1:a:b")]
    [TestCase("LIBVIRT_LOG_FILTERS", "+1:a")]
    [TestCase("LIBVIRT_LOG_FILTERS", " ")]
    [TestCase("LIBVIRT_LOG_FILTERS", "0:a")]
    [TestCase("LIBVIRT_LOG_FILTERS", "1x:a")]
    [TestCase("LIBVIRT_LOG_FILTERS", ":a")]
    [TestCase("LIBVIRT_LOG_OUTPUTS", "01:stderr")]
    [TestCase("LIBVIRT_LOG_OUTPUTS", "1:")]
    [TestCase("LIBVIRT_LOG_OUTPUTS", "2::stderr")]
    [TestCase("LIBVIRT_LOG_OUTPUTS", "2:STDERR")]
    [TestCase("LIBVIRT_LOG_OUTPUTS", "1:journald:x")]
    public void A_variable_is_refused_when_libvirt_refuses_it(string name, string value)
    {
        var environment = new Dictionary<string, string> { [name] = value };
        DaemonRun libvirt = DaemonRun.Of(DaemonKind.Libvirt, ["-t", "1", "-p", "/nonexistent/pid", "-f", _path], environment);

        string? refusal = RefusalOf(environment);

        bool libvirtTookIt = libvirt.Error.Contains("/nonexistent/pid", StringComparison.Ordinal);
        Assert.That(refusal is null, Is.EqualTo(libvirtTookIt), $"{libvirt.Error}{refusal}");
        if (refusal is not null)
        {
            Assert.That(libvirt.Error, Does.Contain(refusal), "the words differ");
        }
    }

    private string? RefusalOf(Dictionary<string, string> environment)
    {
        try
        {
            DaemonOptions options = DaemonOptions.Read(new CommandLineOptions { ConfigFile = _path }, "", environment.GetValueOrDefault);
            options.Validate(new LogSettingsValidator(), new DaemonOptionsValidator());
            return null;
        }
        catch (OptionsValidationException refused)
        {
            return refused.Message;
        }
        catch (ConfigurationException refused)
        {
            return refused.Message;
        }
    }

    private string LineIn(string message)
    {
        int start = message.IndexOf(_path + ":", StringComparison.Ordinal) + _path.Length + 1;
        return message[start..message.IndexOf(':', start)];
    }
}
