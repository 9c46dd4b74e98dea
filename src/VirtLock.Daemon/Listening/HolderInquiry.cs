using VirtLock.Daemon.EventLoop;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// Finds out, off the loop, which process holds a file. One search at a time, which all who ask for the same file meanwhile share: a crowd
/// that contends for one file costs one search after the other, not a crowd of threads.
/// </summary>
internal sealed class HolderInquiry(EpollLoop loop)
{
    private readonly Dictionary<FileIdentity, List<Action<LockHolder?>>> _waiting = [];
    private bool _isSearching;

    /// <param name="file">The file.</param>
    /// <param name="onFound">Called on the loop, later, with the holder; null when no process of this host holds the file.</param>
    internal void Find(FileIdentity file, Action<LockHolder?> onFound)
    {
        if (!_waiting.TryGetValue(file, out List<Action<LockHolder?>>? asking))
        {
            _waiting.Add(file, asking = []);
        }

        asking.Add(onFound);
        SearchNext();
    }

    private void SearchNext()
    {
        if (_isSearching || _waiting.Count == 0)
        {
            return;
        }

        _isSearching = true;
        FileIdentity file = _waiting.Keys.First();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                LockHolder? holder = HolderSearch.Find(file);
                loop.Post(() => Answer(file, holder));
            },
            null);
    }

    private void Answer(FileIdentity file, LockHolder? holder)
    {
        _isSearching = false;
        _waiting.Remove(file, out List<Action<LockHolder?>>? asking);
        foreach (Action<LockHolder?> onFound in asking!)
        {
            onFound(holder);
        }

        SearchNext();
    }
}
