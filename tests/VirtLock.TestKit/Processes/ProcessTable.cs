using System.Globalization;

namespace VirtLock.TestKit.Processes;

/// <summary>What /proc says of a process.</summary>
internal static class ProcessTable
{
    /// <summary>A line of /proc/PID/status, such as VmRSS, without its label.</summary>
    public static string Status(int pid, string label) => File
        .ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"))
        .First(line => line.StartsWith(label + ":", StringComparison.Ordinal))[(label.Length + 1)..]
        .Trim();

    public static long ResidentBytes(int pid) =>
        1024 * long.Parse(Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>How long it has had a processor, to a hundredth of a second: proc_pid_stat(5).</summary>
    public static TimeSpan ProcessorTime(int pid)
    {
        const double TicksPerSecond = 100;
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));

        // The fields after the command, which may have blanks of its own; utime and stime are the 14th and 15th of all.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds(
            (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    public static bool IsAlive(int pid)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            char state = stat[stat.LastIndexOf(')') + 2];
            return state is not ('Z' or 'X');
        }
        catch (IOException)
        {
            // No such process, or it went while being read (ESRCH).
            return false;
        }
    }
}
