using System.Globalization;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Libvirt;

/// <summary>
/// An unmodified libvirtd with the lock daemon under test, in private mount and pid namespaces: what it changes under /run, /etc and /var
/// is gone with it, and so is every process that it started.
/// </summary>
internal sealed class LibvirtSandbox : IDisposable
{
    private const string Libvirtd = "/usr/sbin/libvirtd";
    private const int OrdinaryUser = 65534;

    // The namespace's first process. It has to reap orphans, or libvirtd waits 40 s for the zombie of each QEMU: bash does.
    private const string InitScript = """
        set -e
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/libvirt /run/lock
        cp -a /etc/libvirt /run/etc-libvirt
        rm -rf /run/etc-libvirt/qemu /run/etc-libvirt/nwfilter
        for directory in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
          mkdir -p "$directory"
          mount -t tmpfs -o mode=755 tmpfs "$directory"
        done
        mount --bind /run/etc-libvirt /etc/libvirt
        cp "$1"/config/libvirt/* /etc/libvirt/
        echo ready
        while read -r line; do :; done
        """;

    private const string UnlockedEmulatorScript = """
        #!/bin/bash
        arguments=()
        for argument in "$@"; do
          arguments+=("${argument/\{\"driver\":\"file\",/{\"driver\":\"file\",\"locking\":\"off\",}")
        done
        exec /usr/bin/qemu-system-x86_64 "${arguments[@]}"
        """;

    private const string QemuConfiguration = """
        lock_manager = "lockd"
        security_driver = "none"
        dynamic_ownership = 0
        remember_owner = 0
        stdio_handler = "file"
        cgroup_controllers = []
        namespaces = []
        """;

    private const string SystemQemuConfiguration = """

        user = "root"
        group = "root"
        """;

    private const string LibvirtdConfiguration = """
        auth_unix_ro = "none"
        auth_unix_rw = "none"
        """;

    private readonly ChildProcess _keeper;
    private readonly string _init;
    private readonly DaemonKind _kind;
    private readonly LibvirtOptions _options;
    private ChildProcess? _libvirtd;
    private ChildProcess? _daemon;

    private LibvirtSandbox(string directory, ChildProcess keeper, DaemonKind kind, LibvirtOptions options)
    {
        Directory = directory;
        _keeper = keeper;
        _kind = kind;
        _options = options;
        _init = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{keeper.Id}/task/{keeper.Id}/children")).Trim();
    }

    /// <summary>
    /// QEMU that takes no locks of its own on its images, as on file systems where those don't work: the lock daemon alone protects them.
    /// </summary>
    public string UnlockedEmulator => Path.Combine(Directory, "qemu-unlocked");

    /// <summary>A directory for disks, at the same path inside and outside.</summary>
    public string Directory { get; }

    public string LockDaemonError => _daemon?.StandardError ?? "";

    public static LibvirtSandbox Start(DaemonKind kind, LibvirtOptions? options = null)
    {
        options ??= new LibvirtOptions();
        Require.MountNamespaces();
        Require.File(Libvirtd, "libvirtd (package libvirt-daemon-system)");
        Require.File("/usr/bin/virsh", "virsh (package libvirt-clients)");
        Require.File("/usr/bin/qemu-system-x86_64", "QEMU (package qemu-system-x86)");

        string directory = System.IO.Directory.CreateTempSubdirectory("virtlock-").FullName;
        string configuration = Path.Combine(directory, "config", "libvirt");
        System.IO.Directory.CreateDirectory(configuration);
        File.WriteAllText(
            Path.Combine(configuration, "qemu.conf"), options.IsSession ? QemuConfiguration : QemuConfiguration + SystemQemuConfiguration);
        File.WriteAllText(Path.Combine(configuration, "libvirtd.conf"), LibvirtdConfiguration);
        File.WriteAllText(Path.Combine(configuration, "qemu-lockd.conf"), options.LockDriverConfiguration);
        File.WriteAllText(Path.Combine(configuration, "virtlockd.conf"), options.DaemonConfiguration?.Invoke(directory) ?? "");
        string emulator = Path.Combine(directory, "qemu-unlocked");
        File.WriteAllText(emulator, UnlockedEmulatorScript + "\n");
        File.SetUnixFileMode(emulator, (UnixFileMode)0b111_101_101);
        if (options.IsSession)
        {
            DaemonPath.CopyTo(kind, Path.Combine(directory, "daemon"));
            ChildProcess.Run("chown", "-R", string.Create(CultureInfo.InvariantCulture, $"{OrdinaryUser}:{OrdinaryUser}"), directory);
        }

        ChildProcess keeper = ChildProcess.Start(
        [
            "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
            "bash", "-c", InitScript, "init", directory,
        ]);
        Eventually.True(
            () => keeper.HasExited || keeper.StandardOutput.Contains("ready", StringComparison.Ordinal), "the sandbox is ready");
        Assert.That(keeper.HasExited, Is.False, $"The sandbox could not be set up: {keeper.StandardError}");

        LibvirtSandbox sandbox = new(directory, keeper, kind, options);
        try
        {
            if (!options.IsSession)
            {
                sandbox.StartLockDaemon();
            }

            sandbox.StartLibvirtd();
        }
        catch
        {
            sandbox.Dispose();
            throw;
        }

        return sandbox;
    }

    public string NewDisk(string name)
    {
        string path = Path.Combine(Directory, name);
        using FileStream disk = File.Create(path);
        disk.SetLength(1 << 20);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        return path;
    }

    public WireClient Connect() => WireClient.Connect(Outside("/run/libvirt/virtlockd-sock"));

    /// <summary>A path of the namespace as the test reaches it.</summary>
    public string Outside(string path) => $"/proc/{_init}/root{path}";

    /// <summary>A process under the test's command inside: the process id it tells is the one that the daemons see.</summary>
    public Peer StartPeer() => Peer.Start(Prefix);

    public CommandResult Run(params IReadOnlyList<string> command)
    {
        using ChildProcess process = ChildProcess.Start([.. Prefix, .. command]);
        int code = process.WaitForExit(TimeSpan.FromSeconds(60));
        return new CommandResult(code, process.StandardOutput, process.StandardError);
    }

    public CommandResult Virsh(params IReadOnlyList<string> arguments) =>
        Run(["virsh", "--quiet", "--connect", _options.IsSession ? "qemu:///session" : "qemu:///system", .. arguments]);

    /// <summary>Runs virsh and fails the test when it fails.</summary>
    public void Must(params IReadOnlyList<string> arguments)
    {
        CommandResult result = Virsh(arguments);
        Assert.That(result.Code, Is.Zero, $"virsh {string.Join(' ', arguments)}: {result}\nlock daemon: {LockDaemonError}");
    }

    /// <summary>Starts a transient guest.</summary>
    public CommandResult Create(GuestDefinition guest, params IReadOnlyList<string> options) =>
        Virsh(["create", WriteXml(guest.Name, guest.ToXml()), .. options]);

    public void MustCreate(GuestDefinition guest, params IReadOnlyList<string> options)
    {
        CommandResult result = Create(guest, options);
        Assert.That(result.Code, Is.Zero, $"{result}\nlock daemon: {LockDaemonError}");
    }

    public string WriteXml(string name, string xml)
    {
        string path = Path.Combine(Directory, name + ".xml");
        File.WriteAllText(path, xml);
        return path;
    }

    public bool IsRunning(string guest) =>
        Virsh("domstate", guest) is { Code: 0 } state && state.Output.Contains("running", StringComparison.Ordinal);

    /// <summary>The guest's QEMU, as a process id inside.</summary>
    public string EmulatorOf(string guest) => File.ReadAllText(Outside($"/run/libvirt/qemu/{guest}.pid")).Trim();

    public void RestartLibvirtd()
    {
        CommandResult stopped = Run("pkill", "-TERM", "-x", "libvirtd");
        Assert.That(stopped.Code, Is.Zero, stopped.ToString());
        _libvirtd!.WaitForExit(TimeSpan.FromSeconds(20));
        _libvirtd.Dispose();
        StartLibvirtd();
    }

    public void Dispose()
    {
        _keeper.Input.Close();
        _keeper.WaitForExit();
        _keeper.Dispose();
        _libvirtd?.Dispose();
        _daemon?.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private string[] Prefix
    {
        get
        {
            string[] enter = ["nsenter", "--target", _init, "--mount", "--pid", "--"];
            if (!_options.IsSession)
            {
                return enter;
            }

            string user = OrdinaryUser.ToString(CultureInfo.InvariantCulture);
            return
            [
                .. enter, "setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "--",
                "env", $"HOME={Directory}", $"XDG_RUNTIME_DIR={Directory}/run", $"XDG_CONFIG_HOME={Directory}/config",
                $"XDG_CACHE_HOME={Directory}/cache", $"VIRTLOCKD_PATH={SessionDaemonDirectory}",
            ];
        }
    }

    // Despite its name libvirt takes VIRTLOCKD_PATH for the directory that holds an executable named virtlockd.
    private string SessionDaemonDirectory => Path.Combine(Directory, "daemon");

    private void StartLockDaemon()
    {
        _daemon =
            ChildProcess.Start([.. Prefix, _options.DaemonExecutable ?? DaemonPath.Of(_kind), "--config", "/etc/libvirt/virtlockd.conf"]);
        string socket = Outside("/run/libvirt/virtlockd-sock");
        Eventually.True(() => _daemon.HasExited || WireClient.CanConnect(socket), "the lock daemon serves");
        Assert.That(_daemon.HasExited, Is.False, $"The lock daemon ended at its start: {_daemon.StandardError}");
    }

    private void StartLibvirtd()
    {
        _libvirtd = ChildProcess.Start([.. Prefix, Libvirtd]);

        // Not by asking virsh: where nobody listens it starts an ordinary user's libvirtd itself, which then competes with this one.
        string socket = _options.IsSession ? Path.Combine(Directory, "run/libvirt/libvirt-sock") : Outside("/run/libvirt/libvirt-sock");
        Eventually.True(() => _libvirtd.HasExited || WireClient.CanConnect(socket), "libvirtd serves", TimeSpan.FromSeconds(30));
        Assert.That(_libvirtd.HasExited, Is.False, $"libvirtd ended at its start: {_libvirtd.StandardError}");
        Must("list");
    }
}
