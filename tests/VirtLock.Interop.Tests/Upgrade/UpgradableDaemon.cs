using System.Globalization;
using System.Text.RegularExpressions;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>VirtLock's daemon, told to replace its image while a test looks on from outside.</summary>
internal sealed partial class UpgradableDaemon : IDisposable
{
    private static readonly TimeSpan UpgradeBound = TimeSpan.FromSeconds(20);

    private readonly DaemonLog _log;
    private readonly List<string> _refusals = [];
    private int _scanned;
    private int _upgradeCount;

    private UpgradableDaemon(ReplaceableExecutable executable, DaemonSandbox daemon, DaemonLog log)
    {
        Executable = executable;
        Serving = daemon;
        Pid = daemon.Daemon.Id;
        _log = log;
    }

    public ReplaceableExecutable Executable { get; }

    public DaemonSandbox Serving { get; }

    public int Pid { get; }

    /// <summary>What it logs from priority info on; and what it says on standard error beside.</summary>
    public string Log => _log + Serving.Daemon.StandardError;

    public string Directory => Serving.Sandbox.Directory;

    /// <summary>How many images have taken over from their predecessor.</summary>
    public int UpgradeCount
    {
        get
        {
            Scan();
            return _upgradeCount;
        }
    }

    /// <summary>What the daemon said of each upgrade that came to nothing.</summary>
    public IReadOnlyList<string> Refusals
    {
        get
        {
            Scan();
            return _refusals;
        }
    }

    public static UpgradableDaemon Start(DaemonOptions? options = null)
    {
        Require.MountNamespaces();
        options ??= new DaemonOptions();
        ReplaceableExecutable executable = new();
        try
        {
            DaemonLog log = new(executable.Path + ".log");
            Dictionary<string, string> environment = new(options.Environment)
            {
                ["LIBVIRT_DEBUG"] = "2",
                ["LIBVIRT_LOG_OUTPUTS"] = $"2:file:{log.Path}",
            };
            return new UpgradableDaemon(
                executable,
                DaemonSandbox.Start(DaemonKind.VirtLock, options with { Executable = executable.Path, Environment = environment }),
                log);
        }
        catch
        {
            executable.Dispose();
            throw;
        }
    }

    public void Signal(string name = "USR1") => Serving.Daemon.Signal(name);

    /// <summary>For a daemon that may end by itself at any moment.</summary>
    public void TrySignal(string name = "USR1") =>
        ChildProcess.Run("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {Pid} || true"));

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
        Eventually.True(() => Refusals.Count >= count || HasEnded, "the upgrade is refused", bound ?? UpgradeBound);
        Assert.That(HasEnded, Is.False, Log);
        return Refusals[count - 1];
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

    private void Scan()
    {
        IReadOnlyList<string> lines = _log.Lines;
        for (; _scanned < lines.Count; _scanned++)
        {
            if (Restored().IsMatch(lines[_scanned]))
            {
                _upgradeCount++;
            }
            else if (Failed().IsMatch(lines[_scanned]))
            {
                _refusals.Add(lines[_scanned]);
            }
        }
    }

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
