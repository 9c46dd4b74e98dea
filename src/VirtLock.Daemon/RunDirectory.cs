using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon;

/// <summary>The directory of the daemon's sockets.</summary>
internal static class RunDirectory
{
    private const uint ForEverybody = 0x1ED; // 0755
    private const uint ForTheUser = 0x1C0; // 0700

    /// <summary>Makes it, and the directories above it, when it is not there.</summary>
    /// <exception cref="StartFailedException">The system refuses.</exception>
    internal static void Create(string path, bool isPrivileged)
    {
        for (int end = path.IndexOf('/', 1); ; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            int made = LibC.mkdir(new FilePath(part).NullTerminated, isPrivileged ? ForEverybody : ForTheUser);
            int errno = made == 0 ? 0 : LibC.LastError;

            // What mkdir says of a directory that is there depends on the file system: EROFS is as good as EEXIST.
            if (errno != 0 && !Directory.Exists(part))
            {
                throw new StartFailedException(
                    ExitCode.RunDirectory, $"Cannot create run directory '{path}': {ErrorText.Of(errno)}");
            }

            if (end < 0)
            {
                return;
            }
        }
    }
}
