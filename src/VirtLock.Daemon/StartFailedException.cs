namespace VirtLock.Daemon;

/// <summary>The daemon can't start. The message is the one line that the administrator sees.</summary>
internal sealed class StartFailedException(ExitCode exitCode, string message) : Exception(message)
{
    internal ExitCode ExitCode { get; } = exitCode;
}
