using VirtLock.Daemon.EventLoop;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>A socket on which clients come in: our own, or one that systemd or an earlier image handed over.</summary>
/// <param name="descriptor">The listening socket.</param>
/// <param name="isOwn">Whether its path in the file system is ours to remove at a clean end.</param>
/// <param name="path">That path; null where it is not ours.</param>
internal sealed class ListeningSocket(int descriptor, bool isOwn, string? path) : IReadyHandler
{
    private EpollLoop? _loop;
    private Action<int>? _onReady;
    private bool _isWatched;

    internal int Descriptor { get; } = descriptor;

    internal bool IsOwn { get; } = isOwn;

    public void OnReady(uint events) => _onReady!(Descriptor);

    /// <summary>Goes on with a socket that listens already.</summary>
    /// <returns>Null when the descriptor is no listening socket.</returns>
    internal static unsafe ListeningSocket? TryAdopt(int descriptor, bool isOwn, string? path)
    {
        int isListening = 0;
        uint length = sizeof(int);
        if (LibC.fcntl(descriptor, LibC.F_SETFL, LibC.O_NONBLOCK) < 0
            || LibC.getsockopt(descriptor, LibC.SOL_SOCKET, LibC.SO_ACCEPTCONN, &isListening, &length) < 0
            || isListening == 0)
        {
            return null;
        }

        return new ListeningSocket(descriptor, isOwn, path);
    }

    internal void Attach(EpollLoop loop, Action<int> onReady)
    {
        _loop = loop;
        _onReady = onReady;
    }

    /// <summary>Closes the socket at the end of the daemon.</summary>
    internal unsafe void Close()
    {
        if (IsOwn && path is not null)
        {
            fixed (byte* pathname = new FilePath(path).NullTerminated)
            {
                _ = LibC.unlink(pathname);
            }
        }

        _ = LibC.close(Descriptor);
    }

    /// <summary>Starts or stops taking clients; those who connect meanwhile wait in the backlog.</summary>
    internal void Watch(bool accept)
    {
        if (accept == _isWatched)
        {
            return;
        }

        _isWatched = accept;
        if (accept)
        {
            _loop!.Add(Descriptor, LibC.EPOLLIN, this);
        }
        else
        {
            _loop!.Remove(Descriptor);
        }
    }
}
