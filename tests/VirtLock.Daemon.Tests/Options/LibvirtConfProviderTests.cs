using Microsoft.Extensions.Configuration;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class LibvirtConfProviderTests
{
    private string _path = "";

    [SetUp]
    public void CreateFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void Known_keys_become_configuration()
    {
        IConfiguration configuration = Load("max_clients = 7\nlog_filters = \"1:util\"\nlockspaces = [ '/a', '/b' ]\n");

        Assert.That(configuration["max_clients"], Is.EqualTo("7"));
        Assert.That(configuration["log_filters"], Is.EqualTo("1:util"));
        Assert.That(configuration["lockspaces:0"], Is.EqualTo("/a"));
        Assert.That(configuration["lockspaces:1"], Is.EqualTo("/b"));
        Assert.That(configuration["lockspaces:2"], Is.Null);
    }

    [Test]
    public void The_first_of_repeated_keys_counts_and_the_others_are_not_looked_at() =>
        Assert.That(Load("max_clients = 7\nmax_clients = 'eight'\n")["max_clients"], Is.EqualTo("7"));

    [TestCase("MAX_CLIENTS = 'x'")]
    [TestCase("unknown = 5")]
    public void Unknown_keys_are_ignored_and_the_case_of_names_counts(string content) =>
        Assert.That(Load(content).AsEnumerable(), Is.Empty);

    [TestCase("log_level = '1'", "expected an unsigned integer for 'log_level'")]
    [TestCase("max_clients = -1", "expected an unsigned integer for 'max_clients'")]
    [TestCase("max_clients = -0", "expected an unsigned integer for 'max_clients'")]
    [TestCase("admin_max_clients = [1]", "expected an unsigned integer for 'admin_max_clients'")]
    [TestCase("log_filters = 1", "expected a string for 'log_filters'")]
    [TestCase("log_outputs = ['1:stderr']", "expected a string for 'log_outputs'")]
    [TestCase("lockspaces = '/a'", "expected a list of strings for 'lockspaces'")]
    [TestCase("lockspaces = [1]", "expected a list of UTF-8 strings for 'lockspaces'")]
    [TestCase("max_clients = 4294967296", "value for 'max_clients' parameter must be in range 0:4294967295")]
    [TestCase("log_level = 5", "value for 'log_level' parameter must be in range 0:4")]
    [TestCase("upgrade_unchecked = 2", "value for 'upgrade_unchecked' parameter must be in range 0:1")]
    public void A_value_that_does_not_suit_its_key_names_file_and_key(string content, string message)
    {
        ConfigurationException mistake = Assert.Throws<ConfigurationException>(() => Load(content));

        Assert.That(mistake.Message, Does.Contain($"{_path}: {message}").And.Not.Contain("\n"));
        Assert.That(mistake.Path, Is.EqualTo(_path));
    }

    [Test]
    public void A_path_that_is_not_UTF_8_is_refused_instead_of_changed()
    {
        File.WriteAllBytes(_path, [.. "lockspaces = [ '/"u8, 0xff, .. "' ]"u8]);

        Assert.That(() => LoadFile(), Throws.TypeOf<ConfigurationException>().With.Message.Contains("UTF-8"));
    }

    [Test]
    public void A_file_of_ten_MiB_is_read_and_a_larger_one_refused()
    {
        byte[] content = new byte[LibvirtConfProvider.MaxFileBytes];
        content.AsSpan().Fill((byte)'\n');
        "max_clients=3"u8.CopyTo(content);
        File.WriteAllBytes(_path, content);
        Assert.That(LoadFile()["max_clients"], Is.EqualTo("3"));

        File.AppendAllText(_path, "\n");
        Assert.That(() => LoadFile(), Throws.TypeOf<ConfigurationException>().With.Message.Contains("larger than 10485760 bytes"));
    }

    [Test]
    public void A_file_that_is_not_there_is_an_error_unless_it_is_optional()
    {
        string missing = _path + ".missing/x.conf";

        Assert.That(
            () => new ConfigurationBuilder().AddLibvirtConf(missing).Build(),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains($"'{missing}': No such file or directory"));
        Assert.That(new ConfigurationBuilder().AddLibvirtConf(missing, isOptional: true).Build().AsEnumerable(), Is.Empty);
    }

    [TestCase("", "No such file or directory")]
    [TestCase("/", "Is a directory")]
    public void A_name_that_is_no_file_is_refused_in_the_systems_words(string path, string reason) =>
        Assert.That(
            () => new ConfigurationBuilder().AddLibvirtConf(path).Build(),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains(reason));

    [Test]
    public void Variables_override_the_file_and_empty_ones_do_not()
    {
        File.WriteAllText(_path, "log_level = 4\nlog_filters = '1:file'\nlog_outputs = '1:stderr'\n");

        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddLibvirtConf(_path)
            .AddLibvirtEnvironment(new Dictionary<string, string>
            {
                ["LIBVIRT_DEBUG"] = "info",
                ["LIBVIRT_LOG_FILTERS"] = "2:environment",
                ["LIBVIRT_LOG_OUTPUTS"] = "",
            })
            .Build();

        Assert.That(configuration["log_level"], Is.EqualTo("2"));
        Assert.That(configuration["log_filters"], Is.EqualTo("2:environment"));
        Assert.That(configuration["log_outputs"], Is.EqualTo("1:stderr"));
    }

    [TestCase("1", "1")]
    [TestCase("debug", "1")]
    [TestCase("warning", "3")]
    [TestCase("4", "4")]
    public void The_debug_variable_takes_a_number_or_a_name(string value, string level) =>
        Assert.That(
            new ConfigurationBuilder().AddLibvirtEnvironment(new Dictionary<string, string> { ["LIBVIRT_DEBUG"] = value }).Build()["log_level"],
            Is.EqualTo(level));

    [TestCase("0")]
    [TestCase("5")]
    [TestCase("warn")]
    [TestCase("DEBUG")]
    [TestCase(" 2")]
    public void The_debug_variable_takes_nothing_else(string value) =>
        Assert.That(
            () => new ConfigurationBuilder().AddLibvirtEnvironment(new Dictionary<string, string> { ["LIBVIRT_DEBUG"] = value }).Build(),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains($"'{value}'"));

    private IConfiguration Load(string content)
    {
        File.WriteAllText(_path, content);
        return LoadFile();
    }

    private IConfigurationRoot LoadFile() => new ConfigurationBuilder().AddLibvirtConf(_path).Build();
}
