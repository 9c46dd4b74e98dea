using VirtLock.Interop.Tests.Libvirt;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Real guests under an unmodified libvirtd, while its lock daemon becomes VirtLock's and again its own.</summary>
[TestFixture]
internal sealed class GuestTakeoverTests
{
    private ReplaceableExecutable _executable = null!;
    private LibvirtSandbox _libvirt = null!;
    private DaemonLog _log = null!;

    [SetUp]
    public void StartLibvirt()
    {
        Require.MountNamespaces();
        _executable = new ReplaceableExecutable(DaemonKind.Libvirt);
        _log = new DaemonLog(_executable.Path + ".log");
        _libvirt = LibvirtSandbox.Start(DaemonKind.Libvirt, new LibvirtOptions
        {
            DaemonExecutable = _executable.Path,
            DaemonConfiguration = _ => $"upgrade_unchecked = 1\nlog_level = 2\nlog_outputs = \"2:file:{_log.Path}\"\n",
        });
    }

    [TearDown]
    public void StopLibvirt()
    {
        _libvirt?.Dispose();
        _executable?.Dispose();
    }

    [Test]
    public void Guests_notice_nothing_of_three_round_trips()
    {
        string[] names = ["goldfish", "guppy"];
        GuestDisk[] disks = [.. names.Select(name => new GuestDisk(_libvirt.NewDisk(name + ".img")))];
        for (int i = 0; i < names.Length; i++)
        {
            _libvirt.MustCreate(new GuestDefinition(names[i]) { Disks = [disks[i]], Emulator = _libvirt.UnlockedEmulator });
        }

        string daemon = Pid();
        string[] emulators = [.. names.Select(_libvirt.EmulatorOf)];
        LockContender[] contenders = [.. disks.Select(disk => new LockContender(disk.Path))];
        try
        {
            for (int i = 1; i <= 3; i++)
            {
                UpgradeToVirtLock(i);
                AssertRefusesSecond(disks[0]);
                UpgradeToLibvirts();
                AssertRefusesSecond(disks[0]);
            }

            UpgradeToVirtLock(4);
            Array.ForEach(contenders, contender => contender.AssertNeverFree());
            Assert.That(Pid(), Is.EqualTo(daemon));
            Assert.That(names.Select(_libvirt.EmulatorOf), Is.EqualTo(emulators));
            Assert.That(names.All(_libvirt.IsRunning), Is.True);
            Assert.That(
                _log.ToString(), Does.Not.Contain("while restoring").And.Not.Contain("could not be restored").And.Not.Contain("ending it"));

            contenders[0].Dispose();
            AssertDestroyFrees(names[0], disks[0]);
            UpgradeToLibvirts();
            contenders[1].AssertNeverFree();
            contenders[1].Dispose();
            AssertDestroyFrees(names[1], disks[1]);
        }
        finally
        {
            Array.ForEach(contenders, contender => contender.Dispose());
        }
    }

    private string Pid() => File.ReadAllText(_libvirt.Outside("/run/virtlockd.pid")).Trim();

    private void AssertRefusesSecond(GuestDisk disk)
    {
        CommandResult refused = _libvirt.Create(new GuestDefinition("piranha") { Disks = [disk], Emulator = _libvirt.UnlockedEmulator });
        Assert.That(refused.Code, Is.Not.Zero, "a second guest was let in");
        Assert.That(refused.Error, Does.Contain("resource busy"));
    }

    private void AssertDestroyFrees(string guest, GuestDisk disk)
    {
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));
        _libvirt.Must("destroy", guest);
        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");
    }

    private void UpgradeToVirtLock(int count)
    {
        UpgradeTo(DaemonKind.VirtLock);
        Eventually.True(
            () => _log.Lines.Count(
                line => line.Contains("restored ", StringComparison.Ordinal)) == count, "VirtLock has restored everything");
    }

    private void UpgradeToLibvirts() => UpgradeTo(DaemonKind.Libvirt);

    private void UpgradeTo(DaemonKind kind)
    {
        _executable.PointTo(DaemonPath.Of(kind));
        CommandResult signalled = _libvirt.Run("kill", "-USR1", Pid());
        Assert.That(signalled.Code, Is.Zero, signalled.ToString());
        string link = _libvirt.Outside($"/proc/{Pid()}/exe");
        Eventually.True(
            () => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName == DaemonPath.Of(kind), $"{kind}'s daemon runs");
    }
}
