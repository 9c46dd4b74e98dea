using VirtLock.Daemon.EventLoop;
using VirtLock.Drivers;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// Finds out, off the loop, which process holds a file. One search at a time, which all who ask for the same file meanwhile share: a crowd that
/// contends for one file costs one search after the other, not a crowd of threads.
/// </summary>
internal sealed class HolderInquiry(EpollLoop loop)
{
    private readonly Dictionary<HolderQuestion, List<Action<HolderAnswer>>> _waiting = [];
    private bool _isSearching;

    internal void Ask(HolderQuestion question, Action<HolderAnswer> onAnswer)
    {
        if (!_waiting.TryGetValue(question, out List<Action<HolderAnswer>>? asking))
        {
            _waiting.Add(question, asking = []);
        }

        asking.Add(onAnswer);
        SearchNext();
    }

    private void SearchNext()
    {
        if (_isSearching || _waiting.Count == 0)
        {
            return;
        }

        _isSearching = true;
        HolderQuestion question = _waiting.Keys.First();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                var answer = new HolderAnswer(question.File, HolderSearch.Find(question.File));
                loop.Post(() => Answer(question, answer));
            },
            null);
    }

    private void Answer(HolderQuestion question, HolderAnswer answer)
    {
        _isSearching = false;
        _waiting.Remove(question, out List<Action<HolderAnswer>>? asking);
        foreach (Action<HolderAnswer> onAnswer in asking!)
        {
            onAnswer(answer);
        }

        SearchNext();
    }
}
