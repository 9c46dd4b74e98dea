using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>Where VirtLock's daemon keeps more in mind than libvirt's when it starts and ends.</summary>
[TestFixture]
internal sealed class VirtLockLifeTests
{
    private const uint GuestPid = 424242;

    [Test]
    public void A_second_daemon_is_refused_the_socket_whatever_its_pid_file()
    {
        Require.MountNamespaces();
        using DaemonSandbox first = DaemonSandbox.Start(DaemonKind.VirtLock);
        using WireClient client = first.ConnectAs(GuestPid);

        using ChildProcess second = DaemonSandbox.Launch(
            first.Sandbox,
            DaemonKind.VirtLock,
            new DaemonOptions { Arguments = ["--pid-file", Path.Combine(first.Sandbox.Directory, "second.pid")] });

        Assert.That(second.WaitForExit(), Is.Not.Zero);
        Assert.That(second.ReasonLines, Has.Length.EqualTo(1).And.One.Contains("/run/libvirt/virtlockd-sock"));
        Refusal.AssertOk(client.Register(GuestPid));
        using WireClient late = first.ConnectAs(GuestPid);
    }

    [Test]
    public void Held_leases_keep_the_timeout_from_running()
    {
        using DaemonSandbox daemon = DaemonSandbox.Start(DaemonKind.VirtLock, new DaemonOptions { Arguments = ["--timeout=1"] });
        string file = Path.Combine(daemon.Sandbox.Directory, "disk.img");
        File.WriteAllText(file, "");
        using (WireClient client = daemon.ConnectAs(GuestPid))
        {
            Refusal.AssertOk(client.Acquire("", file));
        }

        Assert.That(SpinWait.SpinUntil(() => daemon.Daemon.HasExited, TimeSpan.FromSeconds(2.5)), Is.False, "it left a lease behind");
        using (WireClient client = daemon.ConnectAs(GuestPid))
        {
            Refusal.AssertOk(client.Release("", file));
        }

        Assert.That(daemon.Daemon.WaitForExit(), Is.Zero, daemon.Daemon.StandardError);
    }

    [Test]
    public void A_configured_lock_space_is_open_from_the_start()
    {
        Require.MountNamespaces();
        using DaemonSandbox daemon = DaemonSandbox.Start(
            DaemonKind.VirtLock,
            new DaemonOptions { Mounts = ["mkdir /run/pond"], Configuration = "lockspaces = [ \"/run/pond\" ]\n" });
        using WireClient client = daemon.ConnectAs(GuestPid);

        Refusal.AssertOk(client.Create("/run/pond", "lease"));

        Assert.That(daemon.Sandbox.Outside("/run/pond/lease"), Does.Exist);
    }

    [Test]
    public void A_terminal_that_is_locked_does_not_become_the_daemons()
    {
        const int TerminalField = 7;
        using DaemonSandbox daemon = DaemonSandbox.Start(
            DaemonKind.VirtLock,
            new DaemonOptions { Executable = "/usr/bin/setsid", Arguments = [DaemonPath.Of(DaemonKind.VirtLock)] });
        using WireClient client = daemon.ConnectAs(GuestPid);

        string terminal;
        string status;
        using (var foreigner = Peer.Start())
        {
            terminal = foreigner.Ask("terminal");
            Refusal.AssertOk(client.Acquire("", terminal));
            status = File.ReadAllText($"/proc/{daemon.Daemon.Id}/stat");
        }

        Assert.That(status.Split(") ")[^1].Split(' ')[TerminalField - 3], Is.EqualTo("0"), "the controlling terminal: proc(5)");
        Refusal.AssertOk(client.Release("", terminal));
    }
}
