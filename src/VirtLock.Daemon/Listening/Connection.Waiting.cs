using VirtLock.Daemon.EventLoop;
using VirtLock.Locking;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Listening;

/// <content>Requests that can't be answered yet: their client waits, nobody else does.</content>
internal sealed unsafe partial class Connection
{
    /// <summary>
    /// How long a client waits for a file that another program has a lease on: longer than the kernel gives that program to give it back.
    /// </summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private LoopTimer? _retry;
    private (uint Serial, long Since)? _delayed;

    /// <summary>
    /// Has what a reply waits for found out off the loop, and deals with nothing more from this client until then. Its request stays in the
    /// input: should an upgrade come first, the successor handles it anew.
    /// </summary>
    /// <param name="pending">The reply.</param>
    /// <param name="length">How long its request is, in bytes.</param>
    private void Await(PendingReply pending, int length)
    {
        _isWaiting = true;
        Rewatch();
        _server.Holders.Find(
            pending.File, holder => _server.Loop.DoFor(this, () => Complete(pending, length, holder)));
    }

    private void Complete(PendingReply pending, int length, LockHolder? holder)
    {
        if (_isClosed)
        {
            return;
        }

        pending.Complete(holder, _server.Buffers.Output);
        _input!.Consume(length);
        GoOn();
    }

    /// <summary>
    /// Handles a request anew after a while, as its file could not be opened yet. What is longest waited for comes at the longest
    /// intervals.
    /// </summary>
    /// <param name="pending">What to reply when the client has waited long enough.</param>
    /// <param name="length">How long its request is, in bytes.</param>
    private void TryLater(PendingReply pending, int length)
    {
        long since = _delayed is { } earlier && earlier.Serial == pending.Serial ? earlier.Since : _server.Time.GetTimestamp();
        _delayed = (pending.Serial, since);
        TimeSpan waited = _server.Time.GetElapsedTime(since);
        var pause = TimeSpan.FromTicks(Math.Clamp(waited.Ticks, ShortestPause.Ticks, LongestPause.Ticks));
        _isWaiting = true;
        Rewatch();
        _retry = _server.Loop.Schedule(pause, () => _server.Loop.DoFor(this, () =>
        {
            if (waited >= LongestDelay)
            {
                _delayed = null;
                pending.Complete(null, _server.Buffers.Output);
                _input!.Consume(length);
            }

            GoOn();
        }));
    }

    /// <summary>Deals with what a client that had to wait has sent.</summary>
    private void GoOn()
    {
        _isWaiting = false;
        HandleInput();
        Rewatch();
        NoteInput();
    }
}
