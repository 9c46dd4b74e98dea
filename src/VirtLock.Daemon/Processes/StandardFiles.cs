using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// Standard input, output and error. Whoever started us may have left one closed; its number then goes to the next file that is opened,
/// and what is meant for standard error would be written into a guest's disk.
/// </summary>
internal static class StandardFiles
{
    private const int Count = 3;

    /// <summary>
    /// Whether one is missing: closed, or taken meanwhile by a file of the runtime's own, which has all of them close at the next execve.
    /// </summary>
    internal static bool AreMissing => Enumerable.Range(0, Count).Any(IsMissing);

    /// <summary>
    /// Puts /dev/null in the place of those that are missing. What had a number meanwhile is lost, so execve has to follow.
    /// </summary>
    /// <exception cref="StartFailedException">There is no /dev/null.</exception>
    internal static void Fill()
    {
        for (int number = 0; number < Count; number++)
        {
            if (!IsMissing(number))
            {
                continue;
            }

            var nothing = Descriptor.Open("/dev/null\0"u8, LibC.O_RDWR);
            if (nothing.IsNone)
            {
                throw new StartFailedException(ExitCode.Initialise, $"Cannot open /dev/null: {ErrorText.Of(LibC.LastError)}");
            }

            if (nothing.Number == number)
            {
                _ = nothing.SetCloseOnExec(false);
            }
            else
            {
                _ = LibC.dup2(nothing.Number, number);
                nothing.Close();
            }
        }
    }

    private static bool IsMissing(int number)
    {
        int flags = LibC.fcntl(number, LibC.F_GETFD, 0);
        return flags < 0 || (flags & LibC.FD_CLOEXEC) != 0;
    }
}
