using System.Globalization;

namespace VirtLock.Interop.Tests.Harness;

/// <summary>What /proc says of a process.</summary>
internal static class ProcessTable
{
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
