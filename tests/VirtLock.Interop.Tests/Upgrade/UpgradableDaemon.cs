using System.Globalization;
using System.Text.RegularExpressions;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>VirtLock's daemon, told to replace its image while a test looks on from outside.</summary>
internal sealed partial class UpgradableDaemon : IDisposable
{
    private static readonly TimeSpan UpgradeBound = TimeSpan.FromSeconds(20);

    private UpgradableDaemon(ReplaceableExecutable executable, DaemonSandbox daemon)
    {
        Executable = executable;
        Serving = daemon;
        Pid = daemon.Daemon.Id;
    }

    public ReplaceableExecutable Executable { get; }

    public DaemonSandbox Serving { get; }

    public int Pid { get; }

    public string Log => Serving.Daemon.StandardError;

    public string Directory => Serving.Sandbox.Directory;

    /// <summary>How many images have taken over from their predecessor.</summary>
    public int UpgradeCount => Restored().Count(Log);

    public int FailureCount => Failed().Count(Log);

    public static UpgradableDaemon Start(DaemonOptions? options = null)
    {
        Require.MountNamespaces();
        options ??= new DaemonOptions();
        ReplaceableExecutable executable = new();
        try
        {
            return new UpgradableDaemon(
                executable,
                DaemonSandbox.Start(
                    DaemonKind.VirtLock,
                    options with { Executable = executable.Path, Arguments = ["--verbose", .. options.Arguments] }));
        }
        catch
        {
            executable.Dispose();
            throw;
        }
    }

    public void Signal(string name = "USR1") => Serving.Daemon.Signal(name);

    /// <summary>Has the daemon replace its image and waits until the new one has taken over.</summary>
    public void Upgrade()
    {
        int before = UpgradeCount;
        Signal();
        WaitForUpgrade(before + 1);
    }

    public void WaitForUpgrade(int count)
    {
        Eventually.True(() => UpgradeCount >= count || HasEnded, $"upgrade {count} is done", UpgradeBound);
        Assert.That(HasEnded, Is.False, Log);
    }

    /// <summary>Waits for an upgrade to be refused, and returns what the daemon says of it.</summary>
    public string WaitForRefusal(int count = 1, TimeSpan? bound = null)
    {
        Eventually.True(() => FailureCount >= count || HasEnded, "the upgrade is refused", bound ?? UpgradeBound);
        Assert.That(HasEnded, Is.False, Log);
        return Failed().Matches(Log)[count - 1].Value;
    }

    public string NewFile(string name)
    {
        string path = Path.Combine(Directory, name);
        File.WriteAllText(path, "");
        return path;
    }

    public WireClient ConnectAs(uint pid, string name = "demo") => Serving.ConnectAs(pid, name);

    /// <summary>What the daemon has open, in order.</summary>
    public string[] Descriptors()
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/fd");
        return [.. System.IO.Directory.GetFileSystemEntries(directory).Select(Target).Order(StringComparer.Ordinal)];
    }

    public void Dispose()
    {
        Serving.Dispose();
        Executable.Dispose();
    }

    private bool HasEnded => Serving.Daemon.HasExited;

    private static string Target(string link)
    {
        try
        {
            string target = File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name ?? "";

            // Sockets and pipes have numbers of their own; what matters is how many there are.
            return target.Split(':')[0];
        }
        catch (IOException)
        {
            return "closed meanwhile";
        }
    }

    [GeneratedRegex(@"restored \d+ leases and \d+ clients")]
    private static partial Regex Restored();

    [GeneratedRegex(@"upgrade to .* failed.*")]
    private static partial Regex Failed();
}
