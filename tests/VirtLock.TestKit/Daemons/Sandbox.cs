using System.Globalization;
using Microsoft.Win32.SafeHandles;
using VirtLock.TestKit.Processes;

namespace VirtLock.TestKit.Daemons;

/// <summary>
/// A place where daemons find their usual paths empty. As root: a mount namespace with a fresh /run, entered by everything that the test
/// starts here, watched from outside through /proc/PID/root; process ids are the host's own, so peer credentials stay true. As an
/// ordinary user: a directory that XDG_RUNTIME_DIR and its sisters point at.
/// </summary>
internal sealed class Sandbox : IDisposable
{
    // The keeper holds the namespace open. When its input ends (the test is over, or the test run died) it ends everything inside.
    private const string KeeperScript = $$"""
        set -e
        {{EmptyRun.Script}}
        eval "$1"
        echo ready
        cat > /dev/null
        own=$(readlink /proc/$$/ns/mnt)
        for process in /proc/[0-9]*; do
          id=${process#/proc/}
          if [ "$id" != $$ ] && [ "$(readlink "$process/ns/mnt" || true)" = "$own" ]; then
            kill -9 "$id" || true
          fi
        done
        """;

    private readonly ChildProcess? _keeper;
    private readonly string? _namespace;

    private Sandbox(string directory, ChildProcess? keeper)
    {
        Directory = directory;
        _keeper = keeper;
        _namespace = keeper is null ? null : MountNamespaceOf(keeper.Id);
    }

    /// <summary>A directory for the test's files, at the same path inside and outside.</summary>
    public string Directory { get; }

    /// <summary>Whether daemons in here run as root at their system paths.</summary>
    public bool IsPrivileged => _keeper is not null;

    /// <summary>The directory of the daemon's sockets, as the test reaches it.</summary>
    public string RuntimeDirectory => IsPrivileged ? Outside("/run/libvirt") : Path.Combine(Directory, "run", "libvirt");

    /// <param name="mounts">Shell lines that prepare more of the namespace; not for ordinary users.</param>
    public static Sandbox Create(params IReadOnlyList<string> mounts)
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("virtlock-").FullName;
        if (!Require.HasMountNamespaces)
        {
            System.IO.Directory.CreateDirectory(Path.Combine(directory, "run"));
            return new Sandbox(directory, keeper: null);
        }

        // Ordinary users that a test becomes must get in.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        ChildProcess keeper = ChildProcess.Start(
            [.. EmptyRun.Unshare, "sh", "-c", KeeperScript, "sandbox", string.Join('\n', mounts)]);
        Eventually.True(
            () => keeper.HasExited || keeper.StandardOutput.Contains("ready", StringComparison.Ordinal), "the sandbox is ready");
        Assert.That(keeper.HasExited, Is.False, $"The sandbox could not be set up: {keeper.StandardError}");
        return new Sandbox(directory, keeper);
    }

    /// <summary>A path of the sandbox as the test reaches it.</summary>
    public string Outside(string path) =>
        _keeper is null ? path : string.Create(CultureInfo.InvariantCulture, $"/proc/{_keeper.Id}/root{path}");

    public string NewDirectory(string name)
    {
        string path = Path.Combine(Directory, name);
        System.IO.Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Starts a program inside. Its process id is the one that <see cref="ChildProcess.Id"/> says: every wrapper execs.</summary>
    public ChildProcess Start(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string>? environment = null,
        int? openFileLimit = null,
        bool asOrdinaryUser = false)
    {
        List<string> line = [];
        Dictionary<string, string> variables = [];
        if (_keeper is not null)
        {
            line.AddRange(["nsenter", string.Create(CultureInfo.InvariantCulture, $"--mount=/proc/{_keeper.Id}/ns/mnt"), "--"]);
        }
        else
        {
            variables["XDG_RUNTIME_DIR"] = Path.Combine(Directory, "run");
            variables["XDG_CONFIG_HOME"] = Path.Combine(Directory, "config");
            variables["XDG_CACHE_HOME"] = Path.Combine(Directory, "cache");
        }

        if (openFileLimit is { } limit)
        {
            line.AddRange(["prlimit", string.Create(CultureInfo.InvariantCulture, $"--nofile={limit}"), "--"]);
        }

        if (asOrdinaryUser && IsPrivileged)
        {
            line.AddRange(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            variables[name] = value;
        }

        return ChildProcess.Start([.. line, .. command], variables);
    }

    public void Dispose()
    {
        if (_keeper is not null)
        {
            // Held open while we look: the number of a namespace that has gone is given to the next one, which may be another fixture's.
            using SafeFileHandle held = File.OpenHandle(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{_keeper.Id}/ns/mnt"), share: FileShare.ReadWrite);
            _keeper.Input.Close();
            int code = _keeper.WaitForExit();
            Eventually.True(() => !ProcessesInside().Any(), "every process of the sandbox has ended");
            _keeper.Dispose();
            Assert.That(code, Is.Zero, "the sandbox cleaned up");
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string? MountNamespaceOf(int pid)
    {
        try
        {
            string link = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/mnt");
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has ended, or is so foreign that it can't be of this sandbox.
            return null;
        }
    }

    private IEnumerable<int> ProcessesInside() => System.IO.Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid != 0 && MountNamespaceOf(pid) == _namespace);
}
