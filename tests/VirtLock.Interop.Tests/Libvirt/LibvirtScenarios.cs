using System.Security.Cryptography;
using System.Text;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;

namespace VirtLock.Interop.Tests.Libvirt;

/// <summary>Real guests under an unmodified libvirtd: what its users see of the lock daemon behind it.</summary>
internal abstract class LibvirtScenarios
{
    private LibvirtSandbox _libvirt = null!;

    protected abstract DaemonKind Kind { get; }

    /// <summary>Whether a refusal names who holds the lock.</summary>
    protected abstract bool NamesHolder { get; }

    protected LibvirtSandbox Libvirt => _libvirt;

    [OneTimeSetUp]
    public void StartLibvirt() => _libvirt = LibvirtSandbox.Start(Kind);

    [OneTimeTearDown]
    public void StopLibvirt() => _libvirt?.Dispose();

    [TearDown]
    public void EndGuests()
    {
        if (_libvirt is null)
        {
            return;
        }

        foreach (string guest in _libvirt.Virsh("list", "--all", "--name").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _libvirt.Must("destroy", guest);
        }
    }

    [Test]
    public void A_guest_holds_its_disk_from_start_to_destroy()
    {
        GuestDisk disk = new(_libvirt.NewDisk("start.img"));

        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));

        _libvirt.Must("destroy", "goldfish");
        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");
    }

    [Test]
    public void A_second_guest_is_refused_the_disk_of_the_first()
    {
        GuestDisk disk = new(_libvirt.NewDisk("twice.img"));
        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk], Emulator = _libvirt.UnlockedEmulator });

        CommandResult refused = _libvirt.Create(new GuestDefinition("piranha") { Disks = [disk], Emulator = _libvirt.UnlockedEmulator });

        AssertRefused(refused, disk.Path, holder: "goldfish");
        Assert.That(_libvirt.IsRunning("goldfish"), Is.True);
    }

    [Test]
    public void A_disk_locked_by_another_program_refuses_the_guest()
    {
        GuestDisk disk = new(_libvirt.NewDisk("foreign.img"));
        using Peer program = _libvirt.StartPeer();
        program.Must($"lock posix exclusive {disk.Path}");

        CommandResult refused = _libvirt.Create(new GuestDefinition("goldfish") { Disks = [disk] });

        AssertRefused(refused, disk.Path, holder: $"{program.Id}");
    }

    [Test]
    public void Guests_share_a_shareable_disk()
    {
        GuestDisk disk = new(_libvirt.NewDisk("shared.img")) { IsShareable = true };

        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });
        _libvirt.MustCreate(new GuestDefinition("guppy") { Disks = [disk] });
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Shared));

        _libvirt.Must("destroy", "goldfish");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Shared));
        _libvirt.Must("destroy", "guppy");
        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");
    }

    [Test]
    public void A_read_only_disk_is_not_locked()
    {
        GuestDisk disk = new(_libvirt.NewDisk("readonly.img")) { IsReadOnly = true };

        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });

        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Free));
    }

    [Test]
    public void A_paused_guest_holds_nothing()
    {
        GuestDisk disk = new(_libvirt.NewDisk("paused.img"));

        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] }, "--paused");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Free));

        _libvirt.Must("resume", "goldfish");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));

        _libvirt.Must("suspend", "goldfish");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Free));

        _libvirt.Must("resume", "goldfish");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));
    }

    [Test]
    public void A_disk_is_held_from_hot_plug_to_unplug()
    {
        GuestDisk disk = new(_libvirt.NewDisk("first.img"));
        GuestDisk plugged = new(_libvirt.NewDisk("plugged.img"));
        string xml = _libvirt.WriteXml("plugged", plugged.ToXml("sdb"));
        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });

        _libvirt.Must("attach-device", "goldfish", xml, "--live");
        Assert.That(LockProbe.Of(plugged.Path), Is.EqualTo(LockState.Exclusive));

        _libvirt.Must("detach-device", "goldfish", xml, "--live");
        Eventually.True(() => LockProbe.Of(plugged.Path) == LockState.Free, "the unplugged disk is free");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));
    }

    [Test]
    public void Hot_plug_of_a_held_disk_is_refused_and_the_guest_lives_on()
    {
        GuestDisk disk = new(_libvirt.NewDisk("plughost.img"));
        GuestDisk held = new(_libvirt.NewDisk("plugheld.img"));
        _libvirt.MustCreate(new GuestDefinition("piranha") { Disks = [held] });
        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });

        CommandResult refused = _libvirt.Virsh("attach-device", "goldfish", _libvirt.WriteXml("held", held.ToXml("sdb")), "--live");

        AssertRefused(refused, held.Path, holder: "piranha");
        Assert.That(_libvirt.IsRunning("goldfish"), Is.True);
    }

    [Test]
    public void The_lock_stays_while_libvirtd_restarts()
    {
        GuestDisk disk = new(_libvirt.NewDisk("restart.img"));
        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });

        _libvirt.RestartLibvirtd();

        Assert.That(_libvirt.IsRunning("goldfish"), Is.True);
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));
        _libvirt.Must("suspend", "goldfish");
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Free));
        _libvirt.Must("resume", "goldfish");
        _libvirt.Must("destroy", "goldfish");
        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");
    }

    [Test]
    public void The_lock_goes_with_a_killed_emulator()
    {
        GuestDisk disk = new(_libvirt.NewDisk("killed.img"));
        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });

        CommandResult killed = _libvirt.Run("kill", "-KILL", _libvirt.EmulatorOf("goldfish"));
        Assert.That(killed.Code, Is.Zero, killed.ToString());

        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");
        Eventually.True(() => !_libvirt.IsRunning("goldfish"), "libvirtd has seen the guest's end");
    }

    [Test]
    public void A_saved_guest_holds_nothing_and_locks_again_when_restored()
    {
        GuestDisk disk = new(_libvirt.NewDisk("saved.img"));
        string image = Path.Combine(_libvirt.Directory, "goldfish.save");
        _libvirt.MustCreate(new GuestDefinition("goldfish") { Disks = [disk] });

        _libvirt.Must("save", "goldfish", image);
        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");

        _libvirt.Must("restore", image);
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));
    }

    [Test]
    public void Of_two_guests_with_one_lease_the_second_is_refused()
    {
        using LibvirtSandbox libvirt = LibvirtSandbox.Start(Kind, new LibvirtOptions { DaemonConfiguration = LeaseConfiguration });
        string space = Path.Combine(libvirt.Directory, "leases", "pond");
        Directory.CreateDirectory(space);
        File.WriteAllText(Path.Combine(space, "one"), "");
        OpenLeaseSpace(libvirt, space);
        GuestLease lease = new(Path.GetDirectoryName(space)!, "pond", "one");

        libvirt.MustCreate(new GuestDefinition("goldfish") { Leases = [lease] });
        Assert.That(LockProbe.Of(Path.Combine(space, "one")), Is.EqualTo(LockState.Exclusive));
        CommandResult refused = libvirt.Create(new GuestDefinition("piranha") { Leases = [lease] });

        AssertRefused(refused, "one", holder: "goldfish");
        libvirt.Must("destroy", "goldfish");
        libvirt.MustCreate(new GuestDefinition("piranha") { Leases = [lease] });
    }

    [Test]
    public void Lock_files_in_a_configured_directory_come_and_go_with_the_guest()
    {
        const string LockFiles = "/var/lib/libvirt/lockd/files";
        using LibvirtSandbox libvirt = LibvirtSandbox.Start(
            Kind, new LibvirtOptions { LockDriverConfiguration = $"file_lockspace_dir = \"{LockFiles}\"\n" });
        GuestDisk disk = new(libvirt.NewDisk("hashed.img"));
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(disk.Path)));
        string lockFile = Path.Combine(libvirt.Outside(LockFiles), name);

        GuestDefinition guest = new("goldfish") { Disks = [disk], Emulator = libvirt.UnlockedEmulator };
        libvirt.MustCreate(guest);
        Assert.That(LockProbe.Of(lockFile), Is.EqualTo(LockState.Exclusive));
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Free));
        AssertRefused(libvirt.Create(guest with { Name = "piranha" }), name, holder: "goldfish");

        libvirt.Must("destroy", "goldfish");
        Eventually.True(() => !File.Exists(lockFile), "the lock file is gone");
    }

    [Test]
    public void An_ordinary_users_libvirtd_starts_the_daemon_by_itself()
    {
        using LibvirtSandbox libvirt = LibvirtSandbox.Start(Kind, new LibvirtOptions { IsSession = true });
        GuestDisk disk = new(libvirt.NewDisk("session.img"));

        GuestDefinition guest = new("goldfish") { Disks = [disk], Emulator = libvirt.UnlockedEmulator };
        libvirt.MustCreate(guest);
        Assert.That(LockProbe.Of(disk.Path), Is.EqualTo(LockState.Exclusive));
        Assert.That(Path.Combine(libvirt.Directory, "run/libvirt/virtlockd-sock"), Does.Exist);
        AssertRefused(libvirt.Create(guest with { Name = "piranha" }), disk.Path, holder: "goldfish");

        libvirt.Must("destroy", "goldfish");
        Eventually.True(() => LockProbe.Of(disk.Path) == LockState.Free, "the disk is free");
    }

    /// <summary>What the daemon's configuration says for the lock space of lease elements, which libvirtd never creates.</summary>
    protected virtual string LeaseConfiguration(string directory) => "";

    /// <summary>Makes the lock space of lease elements known to a daemon that has no configuration for it.</summary>
    protected virtual void OpenLeaseSpace(LibvirtSandbox libvirt, string path)
    {
    }

    private void AssertRefused(CommandResult result, string resource, string holder)
    {
        Assert.That(result.Code, Is.Not.Zero, "the guest was let in");
        Assert.That(result.Error, Does.Contain("resource busy").And.Contain(resource));
        if (NamesHolder)
        {
            Assert.That(result.Error, Does.Contain(holder));
        }
    }
}
