using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.EventLoop;

/// <summary>A loop that turns on a thread of its own, as the daemon's does; ends with the test.</summary>
internal sealed class TurningLoop : IDisposable
{
    private readonly Thread _thread;

    internal TurningLoop()
    {
        _thread = new Thread(Loop.Run) { IsBackground = true };
        _thread.Start();
    }

    internal EpollLoop Loop { get; } = new();

    /// <summary>Does something on the loop's thread, and waits until it is done.</summary>
    internal void Do(Action action) => Ask(() =>
    {
        action();
        return true;
    });

    /// <summary>Asks something that belongs to the loop's thread.</summary>
    internal T Ask<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception failure)
            {
                answer.SetException(failure);
            }
        });
        return answer.Task.WaitAsync(Patience.Limit).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        Loop.Post(Loop.Stop);
        Assert.That(_thread.Join(Patience.Limit), Is.True, "the loop stops");
    }
}
