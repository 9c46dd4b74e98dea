using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const int RLIMIT_NOFILE = 7;

    [StructLayout(LayoutKind.Sequential)]
    internal struct rlimit
    {
        internal ulong rlim_cur;
        internal ulong rlim_max;
    }

    [LibraryImport(Library)]
    internal static partial int getrlimit(int resource, rlimit* limit);

    [LibraryImport(Library)]
    internal static partial int setrlimit(int resource, rlimit* limit);
}
