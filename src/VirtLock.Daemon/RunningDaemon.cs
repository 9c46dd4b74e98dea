using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Supervision;

namespace VirtLock.Daemon;

/// <summary>The daemon with what it leaves in the file system while it serves.</summary>
internal sealed class RunningDaemon(LockDaemon daemon, PidFile? pidFile) : IDisposable
{
    /// <summary>Serves until a signal or the timeout ends it.</summary>
    internal void Run() => daemon.Run();

    /// <summary>Removes the sockets and the PID file.</summary>
    public void Dispose()
    {
        foreach (ListeningSocket listener in daemon.Servers.SelectMany(server => server.Listeners))
        {
            listener.Close();
        }

        pidFile?.Remove();
    }
}
