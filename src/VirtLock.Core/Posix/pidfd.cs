using System.Runtime.InteropServices;

namespace VirtLock.Posix;

/// <summary>pidfd_open(2) and pidfd_send_signal(2): glibc has had wrappers only since 2.36, so by number.</summary>
internal static unsafe partial class LibC
{
    /// <summary>The same numbers on every processor: they were added after the tables were unified.</summary>
    internal const int SYS_pidfd_send_signal = 424;
    internal const int SYS_pidfd_open = 434;

    [LibraryImport(Library)]
    private static partial long syscall(long number, long a, long b, long c, long d);

    internal static int pidfd_open(int pid, uint flags) => (int)syscall(SYS_pidfd_open, pid, flags, 0, 0);

    internal static int pidfd_send_signal(int pidfd, int sig) => (int)syscall(SYS_pidfd_send_signal, pidfd, sig, 0, 0);
}
