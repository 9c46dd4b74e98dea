using System.Runtime.InteropServices;

namespace VirtLock.Posix;

/// <summary>What log outputs need beyond the other files: of sys/mman.h, sys/socket.h and unistd.h.</summary>
internal static unsafe partial class LibC
{
    internal const uint MFD_CLOEXEC = 1;
    internal const uint MFD_ALLOW_SEALING = 2;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int F_SEAL_WRITE = 8;
    internal const int W_OK = 2;
    internal const int EMSGSIZE = 90;

    [LibraryImport(Library)]
    internal static partial int memfd_create(byte* name, uint flags);

    [LibraryImport(Library)]
    internal static partial nint sendmsg(int sockfd, msghdr* msg, int flags);

    [LibraryImport(Library)]
    internal static partial int gettid();
}
