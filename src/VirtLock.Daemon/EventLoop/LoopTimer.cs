namespace VirtLock.Daemon.EventLoop;

/// <summary>Something that the loop does later, once.</summary>
internal sealed class LoopTimer(long dueMilliseconds, Action action)
{
    /// <summary>On the clock of <see cref="Environment.TickCount64"/>.</summary>
    internal long DueMilliseconds { get; } = dueMilliseconds;

    internal Action? Action { get; private set; } = action;

    internal void Cancel() => Action = null;
}
