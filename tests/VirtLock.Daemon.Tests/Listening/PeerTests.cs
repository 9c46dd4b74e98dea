using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>Who is at the other end of a socket.</summary>
[TestFixture]
internal sealed unsafe class PeerTests
{
    private Descriptor _socket;
    private Descriptor _other;

    [SetUp]
    public void Connect()
    {
        int* pair = stackalloc int[2];
        Assert.That(LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair), Is.Zero);
        (_socket, _other) = (new Descriptor(pair[0]), new Descriptor(pair[1]));
    }

    [TearDown]
    public void Close()
    {
        _socket.Close();
        _other.Close();
    }

    [Test]
    public void Peer_is_who_made_the_connection()
    {
        PeerIdentity? peer = PeerIdentity.Of(_socket);

        Assert.That(peer?.Pid, Is.EqualTo(new ProcessId((uint)Environment.ProcessId)));
        Assert.That(peer?.UserId, Is.EqualTo(LibC.geteuid()));
    }

    [Test]
    public void What_is_no_socket_has_no_peer()
    {
        using var other = new TestEvent();

        Assert.That(PeerIdentity.Of(other.Descriptor), Is.Null);
        Assert.That(PeerIdentity.Of(Descriptor.None), Is.Null);
    }

    [Test]
    public void Process_of_the_peer_is_had_from_the_socket()
    {
        if (!PeerProcess.IsKeptBySocket)
        {
            Assert.Ignore("This kernel has no SO_PEERPIDFD (Linux 6.5).");
        }

        Descriptor process = PeerProcess.Of(_socket).Descriptor;

        Assert.That(PidOf(process), Is.EqualTo(Environment.ProcessId));
        process.Close();
    }

    [Test]
    public void Process_is_had_by_its_pid_while_it_lives()
    {
        Descriptor process = ProcessHandle.OfPid(new ProcessId((uint)Environment.ProcessId)).Descriptor;

        Assert.That(PidOf(process), Is.EqualTo(Environment.ProcessId));
        process.Close();
    }

    [Test]
    public void Pid_that_nobody_has_gives_none()
    {
        // Beyond the largest pid of any Linux: proc(5), pid_max.
        Assert.That(ProcessHandle.OfPid(new ProcessId(1u << 23)).IsDead, Is.True);
    }

    /// <summary>Whom a pidfd is for: proc_pid_fdinfo(5).</summary>
    private static int PidOf(Descriptor process) =>
        int.Parse(
            File.ReadLines($"/proc/self/fdinfo/{process}")
                .Single(line => line.StartsWith("Pid:", StringComparison.Ordinal))["Pid:".Length..]);
}
