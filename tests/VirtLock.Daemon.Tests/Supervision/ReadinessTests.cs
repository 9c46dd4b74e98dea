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

    [TearDown]
    public void RestoreEnvironment() => Environment.SetEnvironmentVariable(Variable, null);

    [Test]
    public void Ready_goes_to_the_socket_that_is_named()
    {
        using var manager = new Datagrams();
        Environment.SetEnvironmentVariable(Variable, manager.SocketPath);

        Readiness.Announce();

        Assert.That(Encoding.UTF8.GetString(manager.Receive()), Is.EqualTo("READY=1"));
    }

    [Test]
    public void Ready_goes_to_an_abstract_socket_as_well()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"virtlock-test-{Environment.ProcessId}");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        manager.Bind(new UnixDomainSocketEndPoint('\0' + name));
        Environment.SetEnvironmentVariable(Variable, '@' + name);

        Readiness.Announce();

        byte[] bytes = new byte[100];
        Assert.That(Encoding.UTF8.GetString(bytes, 0, manager.Receive(bytes)), Is.EqualTo("READY=1"));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("/none/notify")]
    [TestCase("/a/path/that/is/longer/than/the/address/of/a/socket/may/be/and/so/names/no/socket/that/anybody/could/ever/listen/on")]
    public void Nobody_there_to_be_told_is_no_failure(string? name)
    {
        Environment.SetEnvironmentVariable(Variable, name);

        Assert.That(Readiness.Announce, Throws.Nothing);
    }
}
