using VirtLock.TestKit.Processes;

namespace VirtLock.TestKit.Daemons;

/// <summary>Where the daemons under test are.</summary>
internal static class DaemonPath
{
    private const string Libvirts = "/usr/sbin/virtlockd";

    public static string Of(DaemonKind kind) => kind == DaemonKind.Libvirt ? OfLibvirt() : OfVirtLock();

    /// <summary>Copies the daemon to where other users get at it, which the build's own folder may refuse them.</summary>
    /// <returns>The copied executable.</returns>
    public static string CopyTo(DaemonKind kind, string directory)
    {
        string executable = Of(kind);
        Directory.CreateDirectory(directory);
        if (kind == DaemonKind.Libvirt)
        {
            ChildProcess.Run("cp", executable, directory);
        }
        else
        {
            ChildProcess.Run("cp", "-rT", Path.GetDirectoryName(executable)!, directory);
        }

        ChildProcess.Run("chmod", "-R", "a+rX", directory);
        return Path.Combine(directory, Path.GetFileName(executable));
    }

    private static string OfLibvirt()
    {
        Require.File(Libvirts, "libvirt's lock daemon (package libvirt-daemon-system)");
        return Libvirts;
    }

    private static string OfVirtLock()
    {
        if (Environment.GetEnvironmentVariable("VIRTLOCKD") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new FileNotFoundException($"VIRTLOCKD names {named}, which does not exist.");
        }

        string root = Repository.Root;
        string[] candidates =
        [
            Path.Combine(root, "artifacts/publish/virtlockd"),
            Path.Combine(root, "src/VirtLock.Daemon/bin/Release/net10.0/virtlockd"),
            Path.Combine(root, "src/VirtLock.Daemon/bin/Debug/net10.0/virtlockd"),
        ];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"VirtLock's daemon is at none of {string.Join(", ", candidates)}: build it first.");
    }
}
