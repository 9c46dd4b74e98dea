namespace VirtLock.Daemon.Upgrade;

/// <param name="ExitCode">The child's exit code; null when a signal ended it.</param>
/// <param name="IsLate">Whether it had to be killed.</param>
/// <param name="Signal">The signal that ended it.</param>
/// <param name="Output">What it wrote to stdout and stderr.</param>
internal readonly record struct ProbeOutcome(int? ExitCode, bool IsLate, int Signal, string Output)
{
    internal string Describe()
    {
        string last = Output.TrimEnd().Split('\n')[^1];
        string said = last.Length == 0 ? string.Empty : $", saying: {last}";
        return IsLate ? "it did not end in time" : ExitCode is { } code ? $"it ended with code {code}{said}" : $"signal {Signal} ended it{said}";
    }
}
