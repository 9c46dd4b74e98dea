using VirtLock.TestKit.Daemons;

namespace VirtLock.TestKit.Processes;

/// <summary>What a test needs from the machine; a test that can't have it is skipped and says what was missing.</summary>
internal static class Require
{
    private static readonly Lazy<bool> MountNamespace = new(CanUnshare);

    public static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>Whether a daemon can run in a private mount namespace here, and so as root at its real paths.</summary>
    public static bool HasMountNamespaces => IsRoot && MountNamespace.Value;

    public static void MountNamespaces()
    {
        if (!HasMountNamespaces)
        {
            Assert.Ignore("Needs root and the right to make mount namespaces (unshare --mount).");
        }
    }

    public static void File(string path, string what)
    {
        if (!System.IO.File.Exists(path))
        {
            Assert.Ignore($"Needs {what}: {path} does not exist.");
        }
    }

    private static bool CanUnshare()
    {
        using ChildProcess process = ChildProcess.Start([.. EmptyRun.Unshare, "true"]);
        return process.WaitForExit() == 0;
    }
}
