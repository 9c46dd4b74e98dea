using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>Makes the daemon's own sockets in the run directory.</summary>
internal sealed unsafe class SocketBinder : IDisposable
{
    /// <summary>The backlog of libvirt's daemon.</summary>
    internal const int Backlog = 30;

    /// <summary>What the umask takes away: the mode of a socket is what it leaves, 0700, as libvirt's daemon.</summary>
    private const uint OthersAndGroup = 0x3F; // 0077

    private readonly StartLock _lock;

    /// <summary>
    /// Keeps other starting daemons out of the directory until the sockets are made: finding an old socket dead and replacing it must be
    /// one step.
    /// </summary>
    /// <param name="runDirectory">Where the sockets are made.</param>
    /// <exception cref="StartFailedException">The directory can't be written to, or another start goes on for ever.</exception>
    internal SocketBinder(string runDirectory) => _lock = new StartLock(Path.Combine(runDirectory, "virtlockd-start.lock"));

    /// <summary>
    /// Paths of sockets that this process was handed without being able to use them. They accept connections, though nobody serves them.
    /// </summary>
    internal IReadOnlyList<string> Unserved { get; init; } = [];

    public void Dispose() => _lock.Dispose();

    /// <summary>Listens on a path, in place of a socket that a dead daemon left there.</summary>
    /// <exception cref="StartFailedException">The path is too long, or somebody listens there, or it can't be bound.</exception>
    internal ListeningSocket Bind(string name)
    {
        var path = new FilePath(name);
        if (!UnixAddress.TryCreate(path.Bytes, out UnixAddress address))
        {
            throw new StartFailedException(
                ExitCode.Network, $"Path of socket '{name}' is longer than {LibC.UNIX_PATH_MAX - 1} bytes; choose a shorter run directory");
        }

        if (!Unserved.Contains(name))
        {
            RefuseIfServed(name, address);
        }

        _ = LibC.unlink(path.NullTerminated);
        Descriptor socket = NewSocket(name);
        uint umask = LibC.umask(OthersAndGroup);
        int result = LibC.bind(socket.Number, &address, address.Length);
        int errno = LibC.LastError;
        _ = LibC.umask(umask);
        if (result < 0 || LibC.listen(socket.Number, Backlog) < 0)
        {
            errno = result < 0 ? errno : LibC.LastError;
            socket.Close();
            throw new StartFailedException(ExitCode.Network, $"Cannot listen on socket '{name}': {ErrorText.Of(errno)}");
        }

        return new ListeningSocket(socket, isOwn: true, name);
    }

    private static Descriptor NewSocket(string name)
    {
        var socket = new Descriptor(LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, 0));
        return socket.IsNone
            ? throw new StartFailedException(ExitCode.Network, $"Cannot create socket '{name}': {ErrorText.Of(LibC.LastError)}")
            : socket;
    }

    /// <summary>A full backlog (EAGAIN) is a daemon as well.</summary>
    private static void RefuseIfServed(string name, UnixAddress address)
    {
        Descriptor probe = NewSocket(name);
        bool isServed = LibC.connect(probe.Number, &address, address.Length) == 0 || LibC.LastError is LibC.EAGAIN or LibC.EINPROGRESS;
        probe.Close();
        if (isServed)
        {
            throw new StartFailedException(
                ExitCode.Network, $"Socket '{name}' is served by another daemon already; stop that one before starting this");
        }
    }
}
