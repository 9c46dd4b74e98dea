using System.Runtime.InteropServices;

namespace VirtLock.Posix;

internal static unsafe partial class LibC
{
    internal const short POSIX_SPAWN_SETSIGMASK = 0x08;
    internal const short POSIX_SPAWN_SETSID = 0x80;

    /// <summary>glibc's posix_spawnattr_t, opaque: 336 bytes on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct posix_spawnattr_t
    {
        internal fixed long opaque[42];
    }

    /// <summary>glibc's posix_spawn_file_actions_t, opaque: 80 bytes on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct posix_spawn_file_actions_t
    {
        internal fixed long opaque[10];
    }

    /// <summary>Returns an errno, not -1.</summary>
    [LibraryImport(Library)]
    internal static partial int posix_spawn(
        int* pid,
        ReadOnlySpan<byte> path,
        posix_spawn_file_actions_t* fileActions,
        posix_spawnattr_t* attributes,
        byte** argv,
        byte** envp);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_init(posix_spawnattr_t* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_destroy(posix_spawnattr_t* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setflags(posix_spawnattr_t* attributes, short flags);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigmask(posix_spawnattr_t* attributes, sigset_t* sigmask);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(posix_spawn_file_actions_t* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* actions, int fd, int newfd);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_addopen(
        posix_spawn_file_actions_t* actions, int fd, ReadOnlySpan<byte> path, int flags, uint mode);
}
