using VirtLock.Daemon.Options;
using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon;

/// <summary>What a process says that ends at its command line.</summary>
internal static class LastWords
{
    internal static int Print(CommandLineExit exit)
    {
        switch (exit.Stream)
        {
            case ExitStream.StandardOutput:
                Console.Out.Write(exit.Text);
                break;
            case ExitStream.StandardError:
                Console.Error.Write(exit.Text);
                break;
            default:
                using (var logging = new DaemonLoggerProvider(TimeProvider.System))
                {
                    logging.CreateLogger(LogCategories.Daemon).StartFailed(exit.Text);
                }

                break;
        }

        return exit.Code;
    }
}
