using System.Net.Sockets;
using System.Text;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>The daemon's own sockets in a run directory.</summary>
[TestFixture]
internal sealed class SocketBinderTests
{
    private TemporaryDirectory _directory = null!;

    private string SocketPath => _directory.File("socket");

    [SetUp]
    public void CreateDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void Socket_is_for_its_owner_alone_whatever_the_umask()
    {
        uint umask = LibC.umask(0);
        try
        {
            Bind().Descriptor.Close();

            Assert.That(LibC.umask(0), Is.Zero, "the umask is as it was");
        }
        finally
        {
            _ = LibC.umask(umask);
        }

        Assert.That(
            File.GetUnixFileMode(SocketPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public void Socket_that_a_dead_daemon_left_is_replaced()
    {
        Bind().Descriptor.Close();
        Assert.That(SocketPath, Does.Exist);

        ListeningSocket socket = Bind();

        using var client = new TestClient(SocketPath);
        socket.Accept().Close();
        client.ReceiveEnd();
        socket.Close();
    }

    [Test]
    public void Socket_that_is_served_is_left_alone()
    {
        ListeningSocket served = Bind();

        Assert.That(
            () => Bind(),
            Throws.TypeOf<StartFailedException>()
                .With.Property(nameof(StartFailedException.ExitCode)).EqualTo(ExitCode.Network)
                .And.Message.Contains("is served by another daemon already"));

        using var client = new TestClient(SocketPath);
        served.Close();
    }

    [Test]
    public void Socket_of_a_daemon_whose_backlog_is_full_is_left_alone()
    {
        ListeningSocket served = Bind();
        List<Socket> waiting = FillBacklog();

        Assert.That(() => Bind(), Throws.TypeOf<StartFailedException>().With.Message.Contains("is served by another daemon already"));

        waiting.ForEach(client => client.Dispose());
        served.Close();
    }

    [Test]
    public void Path_longer_than_an_address_is_refused()
    {
        using var binder = new SocketBinder(_directory.Path);

        Assert.That(
            () => binder.Bind(_directory.File(new string('x', LibC.UNIX_PATH_MAX))),
            Throws.TypeOf<StartFailedException>().With.Message.Contains("is longer than 107 bytes"));
    }

    [Test]
    public void Path_that_can_not_be_bound_is_refused()
    {
        using var binder = new SocketBinder(_directory.Path);

        Assert.That(
            () => binder.Bind(_directory.File("none/socket")),
            Throws.TypeOf<StartFailedException>().With.Message.Contains("Cannot listen on socket"));
    }

    [Test]
    public void Run_directory_that_is_not_there_is_refused()
    {
        Assert.That(
            () => new SocketBinder(_directory.File("none")),
            Throws.TypeOf<StartFailedException>().With.Message.Contains("Cannot open"));
    }

    [Test]
    public void Second_daemon_waits_until_the_first_has_made_its_sockets()
    {
        var first = new SocketBinder(_directory.Path);
        Task second = Task.Run(() => new SocketBinder(_directory.Path).Dispose());
        Assert.That(second.Wait(TimeSpan.FromMilliseconds(50)), Is.False);

        first.Dispose();

        Assert.That(second.Wait(Patience.Limit), Is.True);
    }

    [Test]
    public void Directory_that_somebody_keeps_locked_is_none_of_our_business()
    {
        var directory = Descriptor.Open([.. Encoding.UTF8.GetBytes(_directory.Path), 0], LibC.O_RDONLY);
        Assert.That(LibC.flock(directory.Number, LibC.LOCK_EX | LibC.LOCK_NB), Is.Zero);

        Bind().Close();

        directory.Close();
    }

    [Test]
    public void Nobody_else_may_open_what_is_locked_and_nothing_of_it_stays()
    {
        using (new SocketBinder(_directory.Path))
        {
            string file = Directory.GetFiles(_directory.Path).Single();
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }

        Assert.That(Directory.GetFiles(_directory.Path), Is.Empty);
    }

    [Test]
    public void Socket_that_was_handed_over_and_is_not_served_is_replaced()
    {
        ListeningSocket handedOver = Bind();
        Assert.That(ListeningSocket.PathOf(handedOver.Descriptor), Is.EqualTo(SocketPath));

        using var binder = new SocketBinder(_directory.Path) { Unserved = [SocketPath] };
        ListeningSocket own = binder.Bind(SocketPath);

        using var client = new TestClient(SocketPath);
        Assert.That(handedOver.Accept().IsNone, Is.True);
        own.Accept().Close();
        client.ReceiveEnd();
        handedOver.Descriptor.Close();
        own.Close();
    }

    [Test]
    public void What_does_not_listen_in_the_file_system_has_no_path()
    {
        using var other = new TestEvent();
        var connected = new Descriptor(LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0));

        Assert.That(ListeningSocket.PathOf(other.Descriptor), Is.Null);
        Assert.That(ListeningSocket.PathOf(connected), Is.Null);
        Assert.That(ListeningSocket.PathOf(Descriptor.None), Is.Null);
        connected.Close();
    }

    private ListeningSocket Bind()
    {
        using var binder = new SocketBinder(_directory.Path);
        return binder.Bind(SocketPath);
    }

    private List<Socket> FillBacklog()
    {
        var waiting = new List<Socket>();
        while (true)
        {
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            waiting.Add(client);
            try
            {
                client.Connect(new UnixDomainSocketEndPoint(SocketPath));
            }
            catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
            {
                return waiting;
            }
        }
    }
}
