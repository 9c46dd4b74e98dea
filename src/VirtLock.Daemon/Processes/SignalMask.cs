using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// Keeps the signals that the daemon handles blocked in every thread, so that they wait in the kernel until the loop reads them, across an
/// execve as well: none is lost between predecessor and successor of an upgrade, and none kills a successor that is not ready yet.
/// </summary>
internal static unsafe class SignalMask
{
    private static readonly int[] Signals = [LibC.SIGTERM, LibC.SIGINT, LibC.SIGQUIT, LibC.SIGUSR1];

    internal static LibC.sigset_t Handled()
    {
        LibC.sigset_t set;
        _ = LibC.sigemptyset(&set);
        foreach (int signal in Signals)
        {
            _ = LibC.sigaddset(&set, signal);
        }

        return set;
    }

    /// <summary>Blocks the signals in this thread and those it will create.</summary>
    /// <returns>Whether they were blocked before, and so in the threads that the runtime made before Main.</returns>
    internal static bool Block()
    {
        LibC.sigset_t handled = Handled();
        LibC.sigset_t before;
        _ = LibC.pthread_sigmask(LibC.SIG_BLOCK, &handled, &before);
        foreach (int signal in Signals)
        {
            if (LibC.sigismember(&before, signal) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Lets the signals through, for a program that is executed next and does not expect them blocked. SIGUSR1 is ignored, which survives
    /// execve, until that program has a handler: it would end one that has none yet.
    /// </summary>
    internal static void Unblock()
    {
        _ = LibC.signal(LibC.SIGUSR1, LibC.SIG_IGN);
        LibC.sigset_t handled = Handled();
        _ = LibC.pthread_sigmask(LibC.SIG_UNBLOCK, &handled, null);
    }

    /// <summary>Takes <see cref="Unblock"/> back.</summary>
    internal static void BlockAgain()
    {
        Block();
        _ = LibC.signal(LibC.SIGUSR1, LibC.SIG_DFL);
    }
}
