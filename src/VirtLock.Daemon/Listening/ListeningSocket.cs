using System.Text;
using VirtLock.Daemon.EventLoop;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>A socket on which clients come in: our own, or one that systemd or the predecessor handed over.</summary>
/// <param name="descriptor">The listening socket.</param>
/// <param name="isOwn">Whether its path in the file system is ours to remove at a clean end.</param>
/// <param name="path">That path; null where it is not ours.</param>
internal sealed unsafe class ListeningSocket(Descriptor descriptor, bool isOwn, string? path) : IReadyHandler
{
    private EpollLoop? _loop;
    private Action<ListeningSocket>? _onReady;
    private bool _isWatched;

    internal Descriptor Descriptor { get; } = descriptor;

    internal bool IsOwn { get; } = isOwn;

    public void OnReady(uint events) => _onReady!(this);

    /// <summary>Goes on with a socket that listens already.</summary>
    /// <returns>Null when the descriptor is no listening socket.</returns>
    internal static ListeningSocket? TryAdopt(Descriptor descriptor, bool isOwn, string? path)
    {
        int isListening = 0;
        uint length = sizeof(int);
        if (LibC.fcntl(descriptor.Number, LibC.F_SETFL, LibC.O_NONBLOCK) < 0
            || LibC.getsockopt(descriptor.Number, LibC.SOL_SOCKET, LibC.SO_ACCEPTCONN, &isListening, &length) < 0
            || isListening == 0)
        {
            return null;
        }

        return new ListeningSocket(descriptor, isOwn, path);
    }

    /// <summary>Where in the file system a Unix socket listens; null for anything else.</summary>
    internal static string? PathOf(Descriptor descriptor)
    {
        LibC.sockaddr_un address;
        uint length = (uint)sizeof(LibC.sockaddr_un);
        int isListening = 0;
        uint optionLength = sizeof(int);
        if (LibC.getsockopt(descriptor.Number, LibC.SOL_SOCKET, LibC.SO_ACCEPTCONN, &isListening, &optionLength) < 0
            || isListening == 0
            || LibC.getsockname(descriptor.Number, &address, &length) < 0
            || address.sun_family != LibC.AF_UNIX
            || length <= sizeof(ushort)
            || address.sun_path[0] == 0)
        {
            return null;
        }

        // unix(7): the name may fill the field, without a NUL.
        var name = new ReadOnlySpan<byte>(address.sun_path, Math.Min((int)length - sizeof(ushort), LibC.UNIX_PATH_MAX));
        int end = name.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }

    internal void Attach(EpollLoop loop, Action<ListeningSocket> onReady)
    {
        _loop = loop;
        _onReady = onReady;
    }

    /// <summary>Takes the next client out of the backlog; the caller's to close.</summary>
    /// <returns>None when there is none to be had, with the reason in <see cref="LibC.LastError"/>.</returns>
    internal Descriptor Accept() => new(LibC.accept4(Descriptor.Number, null, null, LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK));

    /// <summary>Closes the socket at the end of the daemon.</summary>
    internal void Close()
    {
        if (IsOwn && path is not null)
        {
            _ = LibC.unlink(new FilePath(path).NullTerminated);
        }

        Descriptor.Close();
    }

    /// <summary>Starts or stops taking clients; those who connect meanwhile wait in the backlog.</summary>
    /// <returns>False if the socket can't be watched, with the reason in <see cref="LibC.LastError"/>.</returns>
    internal bool TryWatch(bool accept)
    {
        if (accept && !_isWatched)
        {
            _isWatched = _loop!.TryAdd(Descriptor, LibC.EPOLLIN, this);
            return _isWatched;
        }

        if (!accept && _isWatched)
        {
            _isWatched = false;
            _loop!.Remove(Descriptor);
        }

        return true;
    }
}
