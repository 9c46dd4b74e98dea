using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>Sockets that are taken over, and what a closed one leaves.</summary>
[TestFixture]
internal sealed class ListeningSocketTests
{
    [Test]
    public void Only_a_socket_that_listens_is_taken_over()
    {
        using var directory = new TemporaryDirectory();
        using var binder = new SocketBinder(directory.Path);
        ListeningSocket listening = binder.Bind(directory.File("socket"));
        var connected = new Descriptor(LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0));
        using var other = new TestEvent();

        Assert.That(ListeningSocket.TryAdopt(listening.Descriptor, isOwn: true, null)?.Descriptor, Is.EqualTo(listening.Descriptor));
        Assert.That(ListeningSocket.TryAdopt(connected, isOwn: true, null), Is.Null);
        Assert.That(ListeningSocket.TryAdopt(other.Descriptor, isOwn: true, null), Is.Null);
        Assert.That(ListeningSocket.TryAdopt(Descriptor.None, isOwn: true, null), Is.Null);

        listening.Close();
        connected.Close();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Path_of_a_closed_socket_is_removed_only_if_it_is_ours(bool isOwn)
    {
        using var directory = new TemporaryDirectory();
        using var binder = new SocketBinder(directory.Path);
        string path = directory.File("socket");
        ListeningSocket bound = binder.Bind(path);

        ListeningSocket.TryAdopt(bound.Descriptor, isOwn, path)!.Close();

        Assert.That(File.Exists(path), Is.EqualTo(!isOwn));
    }

    [Test]
    public void Accepting_when_nobody_waits_gives_none()
    {
        using var directory = new TemporaryDirectory();
        using var binder = new SocketBinder(directory.Path);
        ListeningSocket socket = binder.Bind(directory.File("socket"));

        Descriptor client = socket.Accept();

        Assert.That((client.IsNone, LibC.LastError), Is.EqualTo((true, LibC.EAGAIN)));
        socket.Close();
    }
}
