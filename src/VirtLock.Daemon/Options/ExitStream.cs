namespace VirtLock.Daemon.Options;

/// <summary>Where the last words of a process that ends at its command line go.</summary>
internal enum ExitStream
{
    StandardOutput,
    StandardError,

    /// <summary>One error line in log format, as every later start-up failure has it.</summary>
    Log,
}
