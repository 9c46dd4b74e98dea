using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// Starts a program beside this one: posix_spawn(3). Descriptors are close-on-exec, so a child gets only what it is given here.
/// </summary>
internal static unsafe class ChildProcess
{
    /// <summary>Starts a program with no input.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">argv, each ended by NUL.</param>
    /// <param name="environment">envp, each ended by NUL.</param>
    /// <param name="given">Descriptors that the child gets, by the number that each has there.</param>
    /// <param name="newSession">Whether it leads a session of its own, away from our terminal.</param>
    /// <param name="pid">The child's pid, to be waited for.</param>
    /// <returns>0, or the errno.</returns>
    internal static int Start(
        FilePath program,
        IReadOnlyList<byte[]> arguments,
        IReadOnlyList<byte[]> environment,
        IReadOnlyDictionary<int, Descriptor> given,
        bool newSession,
        out int pid)
    {
        using var argv = new StringVector(arguments);
        using var envp = new StringVector(environment);
        LibC.posix_spawnattr_t attributes;
        LibC.posix_spawn_file_actions_t actions;
        LibC.sigset_t none;
        _ = LibC.posix_spawnattr_init(&attributes);
        _ = LibC.posix_spawn_file_actions_init(&actions);
        _ = LibC.sigemptyset(&none);
        _ = LibC.posix_spawnattr_setsigmask(&attributes, &none);
        _ = LibC.posix_spawnattr_setflags(
            &attributes, (short)(LibC.POSIX_SPAWN_SETSIGMASK | (newSession ? LibC.POSIX_SPAWN_SETSID : 0)));
        try
        {
            for (int standard = 0; standard <= 2; standard++)
            {
                if (!given.ContainsKey(standard))
                {
                    _ = LibC.posix_spawn_file_actions_addopen(&actions, standard, "/dev/null\0"u8, LibC.O_RDWR, 0);
                }
            }

            foreach ((int there, Descriptor here) in given)
            {
                // dup2 onto itself takes close-on-exec off in posix_spawn: POSIX.1-2024.
                _ = LibC.posix_spawn_file_actions_adddup2(&actions, here.Number, there);
            }

            int child;
            int errno = LibC.posix_spawn(&child, program.NullTerminated, &actions, &attributes, argv.Pointer, envp.Pointer);
            pid = child;
            return errno;
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(&actions);
            _ = LibC.posix_spawnattr_destroy(&attributes);
        }
    }
}
