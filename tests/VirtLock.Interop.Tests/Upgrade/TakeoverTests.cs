using System.Globalization;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>
/// From libvirt's daemon to VirtLock's and back: whoever administers the host replaces the executable's file and sends SIGUSR1. The process
/// stays, and with it every lock and every client.
/// </summary>
[TestFixture]
internal sealed class TakeoverTests
{
    private const uint Pid = 424242;
    private const uint OtherPid = 434343;
    private const uint Shared = 1;
    private const uint Autocreate = 2;

    private readonly List<IDisposable> _used = [];
    private ReplaceableExecutable _executable = null!;
    private DaemonSandbox _daemon = null!;
    private DaemonLog _log = null!;

    [TearDown]
    public void StopDaemon()
    {
        _used.ForEach(item => item.Dispose());
        _used.Clear();
        _daemon?.Dispose();
        _executable?.Dispose();
        _daemon = null!;
        _executable = null!;
    }

    [Test]
    public void Locks_and_clients_go_to_VirtLock_and_back_three_times()
    {
        StartLibvirts("upgrade_unchecked = 1\n");
        (WireClient client, WireClient other) = (ConnectAs(Pid), ConnectAs(OtherPid));
        string exclusive = NewFile("exclusive.img");
        string shared = NewFile("shared.img");
        string space = _daemon.NewDirectory();
        Refusal.AssertOk(client.Acquire("", exclusive));
        Refusal.AssertOk(client.Acquire("", shared, Shared));
        Refusal.AssertOk(other.Acquire("", shared, Shared));
        Refusal.AssertOk(client.CreateLockSpace(space));
        Refusal.AssertOk(client.Acquire(space, "lease", Autocreate));
        Refusal.AssertOk(other.Acquire(space, "common", Autocreate | Shared));
        string[] paths = [exclusive, shared, Path.Combine(space, "lease"), Path.Combine(space, "common")];
        LockContender[] contenders = [.. paths.Select(path => Use(new LockContender(path)))];

        for (int i = 1; i <= 3; i++)
        {
            UpgradeToVirtLock();
            AssertServes(client, exclusive);
            UpgradeToLibvirts();
            AssertServes(other, exclusive);
        }

        UpgradeToVirtLock();
        Assert.That(_log.ToString(), Does.Not.Contain("while restoring").And.Not.Contain("could not be restored"));
        Array.ForEach(contenders, contender => contender.AssertNeverFree());
        Assert.That(LockProbe.Of(exclusive), Is.EqualTo(LockState.Exclusive));
        Assert.That(LockProbe.Of(shared), Is.EqualTo(LockState.Shared));
        Refusal.AssertOk(client.Release("", shared));
        Assert.That(LockProbe.Of(shared), Is.EqualTo(LockState.Shared), "the other owner's lease stays");
        contenders[1].AssertNeverFree();
        Array.ForEach(contenders, contender => contender.Dispose());
        Refusal.AssertOk(other.Release("", shared));
        Refusal.AssertOk(client.Release("", exclusive));
        Refusal.AssertOk(client.Release(space, "lease"));
        Refusal.AssertOk(other.Release(space, "common"));
        Assert.That(LockProbe.Of(exclusive), Is.EqualTo(LockState.Free));
        Assert.That(LockProbe.Of(shared), Is.EqualTo(LockState.Free));
        Assert.That(Directory.GetFiles(space), Is.Empty);
    }

    [Test]
    public void What_VirtLock_has_locked_libvirts_daemon_goes_on_with()
    {
        StartLibvirts("upgrade_unchecked = 1\n");
        UpgradeToVirtLock();
        WireClient client = ConnectAs(Pid);
        string file = NewFile("disk.img");
        string space = _daemon.NewDirectory();
        Refusal.AssertOk(client.Acquire("", file));
        Refusal.AssertOk(client.CreateLockSpace(space));
        Refusal.AssertOk(client.Acquire(space, "lease", Autocreate));
        LockContender contender = Use(new LockContender(file));

        UpgradeToLibvirts();

        AssertServes(client, file);
        Assert.That(LockProbe.Of(Path.Combine(space, "lease")), Is.EqualTo(LockState.Exclusive));
        contender.AssertNeverFree();
        contender.Dispose();
        Refusal.AssertOk(client.Release("", file));
        Refusal.AssertOk(client.Release(space, "lease"));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
        Assert.That(Directory.GetFiles(space), Is.Empty);
    }

    [TestCase(0u, Shared)]
    [TestCase(Shared, 0u)]
    [TestCase(0u, 0u)]
    [TestCase(Shared, Shared)]
    public void Two_names_of_one_file_that_libvirts_daemon_let_in_stay_locked(uint firstFlags, uint secondFlags)
    {
        StartLibvirts("");
        WireClient client = ConnectAs(Pid);
        WireClient other = ConnectAs(OtherPid);
        string file = NewFile("disk.img");
        string alias = Path.Combine(_daemon.Sandbox.Directory, "alias.img");
        File.CreateSymbolicLink(alias, file);
        Refusal.AssertOk(client.Acquire("", file, firstFlags));
        Refusal.AssertOk(other.Acquire("", alias, secondFlags));
        LockState expected = (firstFlags & secondFlags & Shared) != 0 ? LockState.Shared : LockState.Exclusive;
        LockContender contender = Use(new LockContender(file));

        UpgradeToVirtLock();

        Assert.That(LockProbe.Of(file), Is.EqualTo(expected));
        Refusal.AssertOk(client.Release("", file));
        Assert.That(LockProbe.Of(file), Is.Not.EqualTo(LockState.Free), "the other name's lease is still held");
        contender.AssertNeverFree();
        contender.Dispose();
        Refusal.AssertOk(other.Release("", alias));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
    }

    [Test]
    public void Without_leave_libvirts_daemon_is_refused_as_a_successor()
    {
        StartLibvirts("");
        WireClient client = ConnectAs(Pid);
        string file = NewFile("disk.img");
        Refusal.AssertOk(client.Acquire("", file));
        UpgradeToVirtLock();

        _executable.PointTo(DaemonPath.Of(DaemonKind.Libvirt));
        _daemon.Daemon.Signal("USR1");

        Eventually.True(
            () => _log.Lines.Any(line => line.Contains("upgrade_unchecked = 1", StringComparison.Ordinal)), "the log tells why");
        AssertServes(client, file);
        Assert.That(Running(), Is.EqualTo(RealPath(DaemonKind.VirtLock)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Owner_taken_over_from_libvirts_daemon_is_ended_before_its_lease_is_freed(bool isOldKernel)
    {
        StartLibvirts("", isOldKernel);
        Peer guest = Use(Peer.StartGuest(_daemon.SocketPath));
        string file = NewFile("disk.img");
        guest.Must("ignore-sigterm");
        guest.Must($"acquire 0 {file}");
        UpgradeToVirtLock();

        guest.Disconnect();
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "its lease is freed");

        Assert.That(guest.IsAlive, Is.False, "the lease was freed while its owner still ran");
    }

    [Test]
    public void Leave_that_is_given_after_a_refusal_counts_at_the_next_signal()
    {
        StartLibvirts("");
        WireClient client = ConnectAs(Pid);
        string file = NewFile("disk.img");
        Refusal.AssertOk(client.Acquire("", file));
        UpgradeToVirtLock();
        _executable.PointTo(DaemonPath.Of(DaemonKind.Libvirt));
        _daemon.Daemon.Signal("USR1");
        Eventually.True(
            () => _log.Lines.Any(line => line.Contains("set upgrade_unchecked = 1", StringComparison.Ordinal)), "the log tells why");

        File.AppendAllText(Path.Combine(_daemon.Sandbox.Directory, "virtlockd.conf"), "upgrade_unchecked = 1\n");
        UpgradeToLibvirts();

        AssertServes(client, file);
    }

    [Test]
    public void Signals_that_come_while_libvirts_daemon_starts_do_not_end_it([Range(1, 5)] int round)
    {
        StartLibvirts("upgrade_unchecked = 1\n");
        WireClient client = ConnectAs(Pid);
        string file = NewFile($"disk{round}.img");
        Refusal.AssertOk(client.Acquire("", file));
        UpgradeToVirtLock();
        Eventually.True(ExpectsUpgradeSignal, "VirtLock catches SIGUSR1");

        // One shell, so that signals follow one another by microseconds; libvirt's daemon itself ends at one that comes while it restarts.
        _executable.PointTo(DaemonPath.Of(DaemonKind.Libvirt));
        string pid = string.Create(CultureInfo.InvariantCulture, $"{_daemon.Daemon.Id}");
        ChildProcess.Run(
            "sh", "-c", $"while [ /proc/{pid}/exe -ef {RealPath(DaemonKind.VirtLock)} ]; do kill -USR1 {pid} || exit 0; done");

        Eventually.True(() => _daemon.Daemon.HasExited || Running() == RealPath(DaemonKind.Libvirt), "libvirt's daemon runs");
        AssertServes(client, file);
        Assert.That(_daemon.Daemon.HasExited, Is.False);
    }

    [TestCase("./virtlockd")]
    [TestCase("../{0}/virtlockd")]
    [TestCase("virtlockd")]
    public void The_path_it_was_started_under_is_the_one_it_upgrades_to(string name)
    {
        Require.MountNamespaces();
        using Sandbox sandbox = Sandbox.Create();
        using ReplaceableExecutable executable = new();
        DaemonLog log = new(executable.Path + ".log");
        string directory = Path.GetDirectoryName(executable.Path)!;
        string command = string.Format(CultureInfo.InvariantCulture, name, Path.GetFileName(directory));
        using ChildProcess parent = sandbox.Start(
            ["sh", "-c", $"cd {directory}; PATH=:$PATH; exec {command} -d"],
            new Dictionary<string, string> { ["LIBVIRT_DEBUG"] = "2", ["LIBVIRT_LOG_OUTPUTS"] = $"2:file:{log.Path}" });
        Assert.That(parent.WaitForExit(), Is.Zero, parent.StandardError);
        string pid = File.ReadAllText(sandbox.Outside("/run/virtlockd.pid"));
        string copy = DaemonPath.CopyTo(DaemonKind.VirtLock, Path.Combine(sandbox.Directory, "copy"));
        string[] programs = [copy, DaemonPath.Of(DaemonKind.VirtLock), copy];

        // The second time it is an image that was itself executed by an upgrade, in another working directory, that has to find the path.
        for (int i = 0; i < programs.Length; i++)
        {
            executable.PointTo(programs[i]);
            ChildProcess.Run("kill", "-USR1", pid);
            Eventually.True(
                () => log.Lines.Count(
                    line => line.Contains("restored ", StringComparison.Ordinal)) == i + 1, $"upgrade {i + 1} is done: {log}");
            Assert.That(File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName, Is.EqualTo(programs[i]));
            Assert.That(
                File.ReadAllText($"/proc/{pid}/environ"), Does.Not.Contain("VIRTLOCKD_STATUS_FD"), "or it would write into descriptor 3");
        }
    }

    private static string RealPath(DaemonKind kind) =>
        new FileInfo(DaemonPath.Of(kind)).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? DaemonPath.Of(kind);

    /// <param name="configuration">Lines of the configuration file.</param>
    /// <param name="isOldKernel">Whether it and its successors find a kernel that does not keep the peer's process with the socket.</param>
    private void StartLibvirts(string configuration, bool isOldKernel = false)
    {
        Require.MountNamespaces();
        _executable = new ReplaceableExecutable(DaemonKind.Libvirt);
        _log = new DaemonLog(_executable.Path + ".log");
        _daemon = DaemonSandbox.Start(DaemonKind.Libvirt, new DaemonOptions
        {
            Executable = isOldKernel ? _executable.Behind($"{Peer.Executable} old-kernel") : _executable.Path,
            Configuration = $"{configuration}log_level = 2\nlog_outputs = \"2:file:{_log.Path}\"\n",
        });
    }

    private void UpgradeToVirtLock()
    {
        int before = RestoredCount();
        UpgradeTo(DaemonKind.VirtLock);
        Eventually.True(() => _daemon.Daemon.HasExited || RestoredCount() > before, "VirtLock has restored everything");
        Assert.That(_daemon.Daemon.HasExited, Is.False, $"{_daemon.Daemon.StandardError}{_log}");
    }

    private void UpgradeToLibvirts() => UpgradeTo(DaemonKind.Libvirt);

    private void UpgradeTo(DaemonKind kind)
    {
        // libvirt's daemon listens before it has its signal handlers; until then SIGUSR1 ends it.
        Eventually.True(ExpectsUpgradeSignal, "the running daemon catches or blocks SIGUSR1");
        _executable.PointTo(DaemonPath.Of(kind));
        _daemon.Daemon.Signal("USR1");
        Eventually.True(() => _daemon.Daemon.HasExited || Running() == RealPath(kind), $"{kind}'s daemon runs");
        Assert.That(_daemon.Daemon.HasExited, Is.False, $"{_daemon.Daemon.StandardError}{_log}");
    }

    private bool ExpectsUpgradeSignal()
    {
        const ulong UserSignal1 = 1UL << 9; // SIGUSR1 is 10, and bit 0 is signal 1: proc_pid_status(5).
        return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_daemon.Daemon.Id}/status"))
            .Where(line => line.StartsWith("SigCgt:", StringComparison.Ordinal) || line.StartsWith("SigBlk:", StringComparison.Ordinal))
            .Any(line => (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & UserSignal1) != 0);
    }

    private int RestoredCount() => _log.Lines.Count(line => line.Contains("restored ", StringComparison.Ordinal));

    /// <summary>The client is answered by whoever runs now, who knows the lease.</summary>
    private void AssertServes(WireClient client, string held)
    {
        Refusal.AssertOrdinary(client.Acquire("", held), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        using WireClient late = ConnectAs(Pid + 1);
        Refusal.AssertOrdinary(late.Acquire("", held), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Assert.That(File.ReadAllText(_daemon.Sandbox.Outside("/run/virtlockd.pid")).Trim(), Is.EqualTo($"{_daemon.Daemon.Id}"));
    }

    private string? Running() => File.ResolveLinkTarget(
        string.Create(CultureInfo.InvariantCulture, $"/proc/{_daemon.Daemon.Id}/exe"), returnFinalTarget: false)?.FullName;

    private WireClient ConnectAs(uint pid) => Use(_daemon.ConnectAs(pid));

    private T Use<T>(T item)
        where T : IDisposable
    {
        _used.Add(item);
        return item;
    }

    private string NewFile(string name)
    {
        string path = Path.Combine(_daemon.Sandbox.Directory, name);
        File.WriteAllText(path, "");
        return path;
    }
}
