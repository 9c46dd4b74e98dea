using Microsoft.Extensions.Logging.Abstractions;
using VirtLock.Client;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests;

/// <summary>
/// A whole daemon inside the test process: both servers, real sockets and real locks, all in a temporary directory, on a thread of its
/// own. It has no PID file and takes no signals: those belong to the process.
/// </summary>
internal sealed class InProcessDaemon : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly EpollLoop _loop = new();
    private readonly LockDaemon _daemon;
    private readonly Thread _thread;
    private bool _hasEnded;

    internal InProcessDaemon(DaemonOptions? options = null)
    {
        _daemon = new LockDaemon(
            _loop,
            new LockTable(new FcntlLockDriver(), TimeProvider.System),
            options ?? new DaemonOptions(),
            new TransferBuffers(),
            TimeProvider.System,
            NullLoggerProvider.Instance);
        using (var binder = new SocketBinder(_directory.Path))
        {
            _daemon.LockServer.Listen(binder.Bind(LockSocket));
            _daemon.AdminServer.Listen(binder.Bind(AdminSocket));
        }

        _thread = new Thread(_daemon.Run) { IsBackground = true };
        _thread.Start();
    }

    internal string LockSocket => _directory.File("virtlockd-sock");

    internal string AdminSocket => _directory.File("virtlockd-admin-sock");

    /// <summary>Makes an empty disk.</summary>
    internal string Disk(string name)
    {
        string path = _directory.File(name);
        File.WriteAllBytes(path, []);
        return path;
    }

    internal LockClient Connect(Owner owner) => new(new LockClientOptions { SocketPath = LockSocket, Owner = owner });

    /// <summary>Asks something that belongs to the loop's thread.</summary>
    internal T Ask<T>(Func<LockDaemon, T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(() => answer.SetResult(question(_daemon)));
        return answer.Task.WaitAsync(Patience.Limit).GetAwaiter().GetResult();
    }

    /// <summary>Has it end as SIGTERM would.</summary>
    internal void End()
    {
        if (!_hasEnded)
        {
            _loop.Post(_daemon.End);
            AssertEnds();
        }
    }

    /// <summary>Waits for the end that something else brings about.</summary>
    internal void AssertEnds()
    {
        Assert.That(_thread.Join(Patience.Limit), Is.True, "the daemon ends");
        _hasEnded = true;
        _daemon.Dispose();
    }

    public void Dispose()
    {
        End();
        _directory.Dispose();
    }
}
