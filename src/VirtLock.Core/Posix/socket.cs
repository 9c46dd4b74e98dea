using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const int AF_UNIX = 1;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_PEERCRED = 17;
    internal const int SO_ACCEPTCONN = 30;
    internal const int SO_PEERPIDFD = 77;
    internal const int SCM_RIGHTS = 1;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>Room for a path in sockaddr_un, its terminating NUL included: unix(7).</summary>
    internal const int UNIX_PATH_MAX = 108;

    [StructLayout(LayoutKind.Sequential)]
    internal struct sockaddr_un
    {
        internal ushort sun_family;
        internal fixed byte sun_path[UNIX_PATH_MAX];
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ucred
    {
        internal int pid;
        internal uint uid;
        internal uint gid;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct iovec
    {
        internal void* iov_base;
        internal nuint iov_len;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct msghdr
    {
        internal void* msg_name;
        internal uint msg_namelen;
        internal iovec* msg_iov;
        internal nuint msg_iovlen;
        internal void* msg_control;
        internal nuint msg_controllen;
        internal int msg_flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct cmsghdr
    {
        internal nuint cmsg_len;
        internal int cmsg_level;
        internal int cmsg_type;
    }

    [LibraryImport(Library)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library)]
    internal static partial int socketpair(int domain, int type, int protocol, int* sv);

    [LibraryImport(Library)]
    internal static partial int bind(int sockfd, void* addr, uint addrlen);

    [LibraryImport(Library)]
    internal static partial int listen(int sockfd, int backlog);

    [LibraryImport(Library)]
    internal static partial int connect(int sockfd, void* addr, uint addrlen);

    [LibraryImport(Library)]
    internal static partial int accept4(int sockfd, void* addr, uint* addrlen, int flags);

    [LibraryImport(Library)]
    internal static partial int getsockopt(int sockfd, int level, int optname, void* optval, uint* optlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockname(int sockfd, sockaddr_un* addr, uint* addrlen);

    [LibraryImport(Library)]
    internal static partial nint recvmsg(int sockfd, msghdr* msg, int flags);

    [LibraryImport(Library)]
    internal static partial nint recv(int sockfd, byte* buf, nuint len, int flags);

    [LibraryImport(Library)]
    internal static partial nint send(int sockfd, ReadOnlySpan<byte> buf, nuint len, int flags);

    [LibraryImport(Library)]
    internal static partial nint sendmsg(int sockfd, msghdr* msg, int flags);

    [LibraryImport(Library)]
    internal static partial nint sendto(int sockfd, ReadOnlySpan<byte> buf, nuint len, int flags, void* addr, uint addrlen);
}
