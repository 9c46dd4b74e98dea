using System.Globalization;
using VirtLock.Daemon.Listening;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>Announcements that are not for us or make no sense. Sockets that systemd hands over need a process of their own.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class SocketActivationTests
{
    private static readonly string OwnPid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private readonly RecordedLog _log = new();

    [TearDown]
    public void RestoreEnvironment() => Announce(null, null, null);

    [Test]
    public void Nothing_is_taken_when_nothing_is_announced()
    {
        Announce(null, null, null);

        Assert.That(Take(), Is.Null);
    }

    [Test]
    public void Announcement_to_another_process_is_left_to_it()
    {
        Announce("1", "1", "virtlockd.socket");

        Assert.That(Take(), Is.Null);
        Assert.That(Environment.GetEnvironmentVariable("LISTEN_FDS"), Is.EqualTo("1"));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("many")]
    [TestCase(null)]
    public void Announcement_without_a_number_of_sockets_is_none(string? count)
    {
        Announce(OwnPid, count, "virtlockd.socket");

        Assert.That(Take(), Is.Null);
    }

    [TestCase(null, 0)]
    [TestCase("virtlockd.socket", 1)]
    public void Announcement_with_too_few_names_is_consumed_and_reported(string? names, int count)
    {
        Announce(OwnPid, "2", names);

        Assert.That(Take(), Is.Null);
        Assert.That(_log.Lines.Last(), Is.EqualTo($"LISTEN_FDS announces 2 sockets but LISTEN_FDNAMES {count} names; they are ignored"));
        Assert.That(Environment.GetEnvironmentVariable("LISTEN_PID"), Is.Null);
        Assert.That(Environment.GetEnvironmentVariable("LISTEN_FDS"), Is.Null);
    }

    [Test]
    public void Socket_with_an_unknown_name_ends_the_start()
    {
        Announce(OwnPid, "1", "unknown.socket");

        Assert.That(
            () => Take(),
            Throws.TypeOf<StartFailedException>()
                .With.Property(nameof(StartFailedException.ExitCode)).EqualTo(ExitCode.Network)
                .And.Message.EqualTo("systemd handed over a socket named 'unknown.socket'; this daemon knows one.socket and two.socket"));
    }

    private static void Announce(string? pid, string? count, string? names)
    {
        Environment.SetEnvironmentVariable("LISTEN_PID", pid);
        Environment.SetEnvironmentVariable("LISTEN_FDS", count);
        Environment.SetEnvironmentVariable("LISTEN_FDNAMES", names);
    }

    private ILookup<string, ListeningSocket>? Take() => SocketActivation.Take(["one.socket", "two.socket"], _log, out _);
}
