
namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// This process's descriptors, from /proc: only those of files below a directory, as the runtime opens and closes others at will.
/// </summary>
internal static class OpenDescriptors
{
    public static int CountBelow(string directory) =>
        Directory.GetFiles(
            "/proc/self/fd").Count(descriptor => Target(descriptor)?.StartsWith(directory, StringComparison.Ordinal) == true);

    /// <summary>Whether the descriptor closes when the process executes another program: proc_pid_fdinfo(5), flags in octal.</summary>
    public static bool IsCloseOnExec(int descriptor)
    {
        const int CloseOnExec = 0x80000;
        string line = File.ReadLines($"/proc/self/fdinfo/{descriptor}").Single(text => text.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(line["flags:".Length..].Trim(), 8) & CloseOnExec) != 0;
    }

    private static string? Target(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            // Closed since the listing, so by the runtime: the test's own thread is here.
            return null;
        }
    }
}
