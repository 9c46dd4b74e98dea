using System.Globalization;
using System.Net.Sockets;
using System.Text;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Tests.Logging;

namespace VirtLock.Daemon.Tests.Supervision;

/// <summary>What the service manager is told.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class ReadinessTests
{
    private const string Variable = "NOTIFY_SOCKET";

    private RecordedLog _log = new();

    [SetUp]
    public void OpenLog() => _log = new RecordedLog();

    [TearDown]
    public void RestoreEnvironment() => Environment.SetEnvironmentVariable(Variable, null);

    [Test]
    public void Ready_goes_to_the_socket_that_is_named()
    {
        using var manager = new Datagrams();
        Environment.SetEnvironmentVariable(Variable, manager.SocketPath);

        Readiness.Announce(_log);

        Assert.That(Encoding.UTF8.GetString(manager.Receive()), Is.EqualTo("READY=1"));
    }

    [Test]
    public void Ready_goes_to_an_abstract_socket_as_well()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"virtlock-test-{Environment.ProcessId}");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        manager.Bind(new UnixDomainSocketEndPoint('\0' + name));
        Environment.SetEnvironmentVariable(Variable, '@' + name);

        Readiness.Announce(_log);

        byte[] bytes = new byte[100];
        Assert.That(Encoding.UTF8.GetString(bytes, 0, manager.Receive(bytes)), Is.EqualTo("READY=1"));
    }

    [TestCase(null)]
    [TestCase("")]
    public void Nobody_to_be_told_is_no_failure(string? name)
    {
        Environment.SetEnvironmentVariable(Variable, name);

        Readiness.Announce(_log);

        Assert.That(_log.Lines, Is.Empty);
    }

    [TestCase("/none/notify", "No such file or directory")]
    [TestCase("vsock:2:1234", "it is no address of a socket")]
    [TestCase(
        "/a/path/that/is/longer/than/the/address/of/a/socket/may/be/and/so/names/no/socket/that/anybody/could/ever/listen/on",
        "it is no address of a socket")]
    public void Nobody_there_to_be_told_is_a_line_in_the_log(string name, string reason)
    {
        Environment.SetEnvironmentVariable(Variable, name);

        Readiness.Announce(_log);

        Assert.That(_log.Lines, Has.Count.EqualTo(1).And.One.Contains(name).And.One.Contains(reason));
    }

    [Test]
    [CancelAfter(20_000)]
    public void A_manager_that_does_not_read_is_not_waited_for()
    {
        using var manager = new Datagrams();
        Environment.SetEnvironmentVariable(Variable, manager.SocketPath);

        bool hasEnded = Task.Run(() =>
        {
            for (int i = 0; i < 10_000 && _log.Lines.Count == 0; i++)
            {
                Readiness.Announce(_log);
            }
        }).Wait(TimeSpan.FromSeconds(10));

        Assert.That(hasEnded, Is.True, "it waits for a reader");
        Assert.That(_log.Lines, Has.One.Contains("Resource temporarily unavailable"));
    }
}
