using Mono.Unix.Native;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>Makes the daemon's own sockets in the run directory.</summary>
internal sealed unsafe class SocketBinder : IDisposable
{
    /// <summary>The backlog of libvirt's daemon.</summary>
    internal const int Backlog = 30;

    private const int LockAttempts = 50;
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(100);

    private readonly int _directory;

    /// <summary>
    /// Keeps other starting daemons out of the directory (flock, which leaves no file behind) until the sockets are made: finding an old socket dead and
    /// replacing it must be one step.
    /// </summary>
    /// <exception cref="StartFailedException">The directory can't be opened, or somebody keeps it locked.</exception>
    internal SocketBinder(string runDirectory)
    {
        var path = new FilePath(runDirectory);
        fixed (byte* pathname = path.NullTerminated)
        {
            _directory = LibC.open(pathname, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        }

        if (_directory < 0)
        {
            throw new StartFailedException(ExitCode.Network, $"Cannot open '{runDirectory}': {ErrorText.Of(LibC.LastError)}");
        }

        // Others hold it for the time that a few system calls take.
        for (int attempt = 1; LibC.flock(_directory, LibC.LOCK_EX | LibC.LOCK_NB) < 0; attempt++)
        {
            if (attempt == LockAttempts)
            {
                _ = LibC.close(_directory);
                throw new StartFailedException(
                    ExitCode.Network, $"Another process keeps '{runDirectory}' locked; see `fuser {runDirectory}`, end it and start again");
            }

            Thread.Sleep(LockInterval);
        }
    }

    public void Dispose() => _ = LibC.close(_directory);

    /// <summary>Listens on a path, in place of a socket that a dead daemon left there.</summary>
    /// <exception cref="StartFailedException">The path is too long, or somebody listens there, or it can't be bound.</exception>
    internal ListeningSocket Bind(string name)
    {
        if (!UnixAddress.TryCreate(new FilePath(name).Bytes, out UnixAddress address))
        {
            throw new StartFailedException(
                ExitCode.Network, $"Path of socket '{name}' is longer than {LibC.UNIX_PATH_MAX - 1} bytes; choose a shorter run directory");
        }

        RefuseIfServed(name, address);
        fixed (byte* pathname = new FilePath(name).NullTerminated)
        {
            _ = LibC.unlink(pathname);
        }

        int descriptor = NewSocket(name);

        // The mode of a socket is what the umask leaves: 0700, as libvirt's daemon.
        FilePermissions umask = Syscall.umask((FilePermissions)0x3F);
        int result = LibC.bind(descriptor, &address, address.Length);
        int errno = LibC.LastError;
        Syscall.umask(umask);
        if (result < 0 || LibC.listen(descriptor, Backlog) < 0)
        {
            errno = result < 0 ? errno : LibC.LastError;
            _ = LibC.close(descriptor);
            throw new StartFailedException(ExitCode.Network, $"Cannot listen on socket '{name}': {ErrorText.Of(errno)}");
        }

        return new ListeningSocket(descriptor, isOwn: true, name);
    }

    private static int NewSocket(string name)
    {
        int descriptor = LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, 0);
        return descriptor >= 0
            ? descriptor
            : throw new StartFailedException(ExitCode.Network, $"Cannot create socket '{name}': {ErrorText.Of(LibC.LastError)}");
    }

    /// <summary>A full backlog (EAGAIN) is a daemon as well.</summary>
    private static void RefuseIfServed(string name, UnixAddress address)
    {
        int probe = NewSocket(name);
        bool isServed = LibC.connect(probe, &address, address.Length) == 0 || LibC.LastError is LibC.EAGAIN or LibC.EINPROGRESS;
        _ = LibC.close(probe);
        if (isServed)
        {
            throw new StartFailedException(
                ExitCode.Network, $"Socket '{name}' is served by another daemon already; stop that one before starting this");
        }
    }
}
