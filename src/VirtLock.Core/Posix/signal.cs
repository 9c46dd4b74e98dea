using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const int SIGINT = 2;
    internal const int SIGQUIT = 3;
    internal const int SIGKILL = 9;
    internal const int SIGUSR1 = 10;
    internal const int SIGTERM = 15;
    internal const int SIG_DFL = 0;
    internal const int SIG_IGN = 1;
    internal const int SIG_BLOCK = 0;
    internal const int SIG_UNBLOCK = 1;
    internal const int SFD_CLOEXEC = 0x80000;
    internal const int SFD_NONBLOCK = 0x800;

    /// <summary>glibc's sigset_t: 1024 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct sigset_t
    {
        internal fixed ulong bits[16];
    }

    /// <summary>struct signalfd_siginfo, of which only the number is wanted: signalfd(2).</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct signalfd_siginfo
    {
        internal uint ssi_signo;
    }

    [LibraryImport(Library)]
    internal static partial nint signal(int signum, nint handler);

    [LibraryImport(Library)]
    internal static partial int pthread_sigmask(int how, sigset_t* set, sigset_t* oldset);

    [LibraryImport(Library)]
    internal static partial int sigemptyset(sigset_t* set);

    [LibraryImport(Library)]
    internal static partial int sigaddset(sigset_t* set, int signum);

    [LibraryImport(Library)]
    internal static partial int sigismember(sigset_t* set, int signum);

    [LibraryImport(Library)]
    internal static partial int signalfd(int fd, sigset_t* mask, int flags);

    [LibraryImport(Library)]
    internal static partial int kill(int pid, int sig);
}
