using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Logging;
using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// Finds out, off the loop, which process holds a file. One search at a time, in the order of the questions; all who ask for the same file
/// meanwhile share its answer: a crowd that contends for one file costs one search after the other, not a crowd of threads. Whatever keeps
/// the answer from being found out, also time, makes it somebody unknown.
/// </summary>
/// <param name="loop">Where questions are asked and answered.</param>
/// <param name="logger">Told when an answer was not to be had.</param>
/// <param name="search">Looks; on a thread of its own, and may take long.</param>
/// <param name="limit">How long a search may take; an answer, whose search comes after those asked for before, five times as long.</param>
internal sealed class HolderInquiry(EpollLoop loop, ILogger logger, Func<FileIdentity, LockHolder?> search, TimeSpan limit)
{
    /// <summary>How many times the limit of one search a question waits for its own.</summary>
    private const int SearchesWaitedFor = 5;

    /// <summary>Ten times what looking through a thousand processes takes, and bearable for a guest that waits to be started.</summary>
    private static readonly TimeSpan UsualLimit = TimeSpan.FromSeconds(2);

    private readonly Dictionary<FileIdentity, Question> _open = [];
    private readonly Queue<Question> _waiting = new();
    private Question? _searched;

    internal HolderInquiry(EpollLoop loop, ILogger logger)
        : this(loop, logger, HolderSearch.Find, UsualLimit)
    {
    }

    /// <param name="file">The file.</param>
    /// <param name="onFound">Called on the loop, later, with the holder; null when no process of this host holds the file.</param>
    internal void Find(FileIdentity file, Action<LockHolder?> onFound)
    {
        if (_searched is { IsAnswered: true })
        {
            // The search under way is overdue and perhaps never ends: nobody is to wait for it.
            loop.Post(() => onFound(LockHolder.Unknown));
            return;
        }

        if (!_open.TryGetValue(file, out Question? question))
        {
            question = new Question(file);
            question.Limit = loop.Schedule(limit * SearchesWaitedFor, () => GiveUp(question));
            _open.Add(file, question);
            _waiting.Enqueue(question);
        }

        question.Asking.Add(onFound);
        SearchNext();
    }

    private void SearchNext()
    {
        while (_searched is null && _waiting.TryDequeue(out Question? question))
        {
            if (question.IsAnswered)
            {
                continue;
            }

            _searched = question;
            question.Limit?.Cancel();
            question.Limit = loop.Schedule(limit, () => OnOverdue(question));
            try
            {
                new Thread(() => Search(question)) { IsBackground = true }.UnsafeStart();
            }
            catch (Exception noThread) when (noThread is OutOfMemoryException or ThreadStartException)
            {
                logger.HolderUnknown(noThread.Message);
                loop.Post(() => OnSearched(question, LockHolder.Unknown));
            }
        }
    }

    private void Search(Question question)
    {
        LockHolder? holder = LockHolder.Unknown;
        try
        {
            holder = search(question.File);
        }
        catch (Exception failure) when (failure is not null)
        {
            // On this thread an exception would end the daemon, whatever it is.
            loop.Post(() => logger.HolderUnknown(failure.Message));
        }

        loop.Post(() => OnSearched(question, holder));
    }

    private void OnSearched(Question question, LockHolder? holder)
    {
        _searched = null;
        Answer(question, holder);
        SearchNext();
    }

    /// <summary>A search that may never end is in the way of all that wait.</summary>
    private void OnOverdue(Question question)
    {
        GiveUp(question);
        while (_waiting.TryDequeue(out Question? waiting))
        {
            Answer(waiting, LockHolder.Unknown);
        }
    }

    private void GiveUp(Question question)
    {
        logger.HolderUnknown("looking it up takes too long");
        Answer(question, LockHolder.Unknown);
    }

    private void Answer(Question question, LockHolder? holder)
    {
        if (question.IsAnswered)
        {
            return;
        }

        question.IsAnswered = true;
        question.Limit?.Cancel();
        _open.Remove(question.File);
        foreach (Action<LockHolder?> onFound in question.Asking)
        {
            onFound(holder);
        }
    }

    private sealed class Question(FileIdentity file)
    {
        internal FileIdentity File { get; } = file;

        internal List<Action<LockHolder?>> Asking { get; } = [];

        internal LoopTimer? Limit { get; set; }

        internal bool IsAnswered { get; set; }
    }
}
