using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class ConfFileTests
{
    private string _path = "";

    [SetUp]
    public void CreateFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void Known_keys_become_options()
    {
        DaemonOptions options = Load("max_clients = 7\nlog_filters = \"1:util\"\nlockspaces = [ '/a', '/b' ]\n");

        Assert.That(options.MaxClients, Is.EqualTo(7));
        Assert.That(options.LogFilters, Is.EqualTo("1:util"));
        Assert.That(options.LockSpaces, Is.EqualTo(new[] { "/a", "/b" }));
    }

    [Test]
    public void The_first_of_repeated_keys_counts_and_the_others_are_not_looked_at() =>
        Assert.That(Load("max_clients = 7\nmax_clients = 'eight'\n").MaxClients, Is.EqualTo(7));

    [TestCase("MAX_CLIENTS = 'x'")]
    [TestCase("unknown = 5")]
    public void Unknown_keys_are_ignored_and_the_case_of_names_counts(string content) =>
        Assert.That(Load(content), Is.EqualTo(new DaemonOptions()));

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
    [TestCase("fence_release_after = 86401", "value for 'fence_release_after' parameter must be in range 0:86400")]
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
        byte[] content = new byte[ConfFile.MaxBytes];
        content.AsSpan().Fill((byte)'\n');
        "max_clients=3"u8.CopyTo(content);
        File.WriteAllBytes(_path, content);
        Assert.That(LoadFile().MaxClients, Is.EqualTo(3));

        File.AppendAllText(_path, "\n");
        Assert.That(() => LoadFile(), Throws.TypeOf<ConfigurationException>().With.Message.Contains("larger than 10485760 bytes"));
    }

    [Test]
    public void A_file_that_is_not_there_is_an_error_unless_it_is_optional()
    {
        string missing = _path + ".missing/x.conf";

        Assert.That(
            () => Load(missing, isOptional: false),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains($"'{missing}': No such file or directory"));
        Assert.That(Load(missing, isOptional: true), Is.EqualTo(new DaemonOptions()));
        Assert.That(Load("/dev/null/x.conf", isOptional: true), Is.EqualTo(new DaemonOptions()));
    }

    [TestCase("", "No such file or directory")]
    [TestCase("/", "Is a directory")]
    [TestCase("/dev/null/x", "Not a directory")]
    public void A_name_that_is_no_file_is_refused_in_the_systems_words(string path, string reason) =>
        Assert.That(
            () => Load(path, isOptional: false),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains(reason));

    [Test]
    public void An_optional_file_that_is_there_but_cannot_be_read_is_an_error() =>
        Assert.That(
            () => Load("/", isOptional: true),
            Throws.TypeOf<ConfigurationException>()
                .With.Message.EqualTo("Can't load config file: Failed to read file '/': Is a directory: /"));

    private DaemonOptions Load(string content)
    {
        File.WriteAllText(_path, content);
        return LoadFile();
    }

    private DaemonOptions LoadFile() => Load(_path, isOptional: false);

    private static DaemonOptions Load(string path, bool isOptional)
    {
        var options = new DaemonOptions();
        ConfFile.Apply(path, isOptional, options);
        return options;
    }
}
