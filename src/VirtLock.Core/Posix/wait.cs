using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    [LibraryImport(Library)]
    internal static partial int waitpid(int pid, int* wstatus, int options);

    /// <summary>WIFEXITED and WEXITSTATUS in one: the exit code, or null when a signal ended the process (wait(2)).</summary>
    internal static int? ExitCodeOf(int wstatus) => (wstatus & 0x7F) == 0 ? (wstatus >> 8) & 0xFF : null;

    /// <summary>WTERMSIG: the signal that ended the process (wait(2)).</summary>
    internal static int SignalOf(int wstatus) => wstatus & 0x7F;
}
