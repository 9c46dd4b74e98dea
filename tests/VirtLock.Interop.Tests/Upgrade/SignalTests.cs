using System.Diagnostics;
using System.Globalization;
using System.Text;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Signals, timers and sockets that are not the daemon's own choice, around an upgrade.</summary>
[TestFixture]
internal sealed class SignalTests
{
    private const uint Pid = 424242;

    [Test]
    public void A_flood_of_upgrade_signals_costs_nothing()
    {
        using UpgradableDaemon daemon = UpgradableDaemon.Start();
        using HeldLocks held = new(daemon, 40);
        using BusyClient busy = new(daemon, Pid, held.Expected[0].Path);
        busy.Start();

        // One shell, so that signals follow one another by microseconds.
        string pid = daemon.Pid.ToString(CultureInfo.InvariantCulture);
        ChildProcess.Run("sh", "-c", $"i=0; while [ $i -lt 20000 ]; do kill -USR1 {pid}; i=$((i+1)); done");
        daemon.WaitForUpgrade(1);
        int count = daemon.UpgradeCount;
        busy.Stop();

        daemon.Upgrade();
        held.AssertStanding();
        held.Release();
        TestContext.Out.WriteLine($"{count} upgrades came of 20,000 signals; {busy.Answered} requests were answered");
    }

    [TestCase("USR1", "TERM")]
    [TestCase("TERM", "USR1")]
    [TestCase("USR1", "INT")]
    public void An_upgrade_and_an_end_asked_for_together_end_cleanly(string first, string second)
    {
        using UpgradableDaemon daemon = UpgradableDaemon.Start();
        string file = daemon.NewFile("disk.img");
        using WireClient client = daemon.ConnectAs(Pid);
        Refusal.AssertOk(client.Acquire("", file));

        string pid = daemon.Pid.ToString(CultureInfo.InvariantCulture);
        // A daemon that ends at the first signal may be gone when the second is sent.
        ChildProcess.Run("sh", "-c", $"kill -{first} {pid}; kill -{second} {pid} || true");

        AssertCleanEnd(daemon);

        // A preflight that was just being started has copies of the descriptors for a moment longer.
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "the lock went with the daemon");
    }

    [Test]
    public void An_end_asked_for_by_an_image_that_is_being_replaced_is_the_next_ones()
    {
        for (int i = 0; i < 8; i++)
        {
            using UpgradableDaemon daemon = UpgradableDaemon.Start();
            int written = daemon.Log.Length;
            daemon.Signal();

            // The log line is the last thing that happens before the kernel replaces the image.
            Eventually.True(() => daemon.Log.AsSpan(written).Contains("upgrading to", StringComparison.Ordinal), "the upgrade has begun");
            daemon.Signal("TERM");

            AssertCleanEnd(daemon);
        }
    }

    [Test]
    public void An_end_takes_the_preflight_along()
    {
        using UpgradableDaemon daemon = UpgradableDaemon.Start();
        daemon.Executable.Replace(Encoding.ASCII.GetBytes("#!/bin/sh\nexec sleep 1000\n"));
        daemon.Signal();
        Eventually.True(() => Children(daemon.Pid).Length == 1, "the preflight has begun");
        int preflight = Children(daemon.Pid)[0];

        daemon.Signal("TERM");

        AssertCleanEnd(daemon);
        Eventually.True(() => !ProcessTable.IsAlive(preflight), "the preflight has ended with the daemon", TimeSpan.FromSeconds(2));
    }

    [Test]
    public void The_timeout_runs_on_across_upgrades()
    {
        using UpgradableDaemon daemon = UpgradableDaemon.Start(new DaemonOptions { Arguments = ["--timeout", "2"] });
        Stopwatch idle = Stopwatch.StartNew();

        while (!daemon.Serving.Daemon.HasExited && idle.Elapsed < Eventually.DefaultBound)
        {
            int before = daemon.UpgradeCount;
            daemon.TrySignal();
            Eventually.True(() => daemon.UpgradeCount > before || daemon.Serving.Daemon.HasExited, "the upgrade is done");
        }

        Assert.That(daemon.Serving.Daemon.HasExited, Is.True);
        Assert.That(idle.Elapsed, Is.InRange(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(4)));
        Assert.That(daemon.UpgradeCount, Is.GreaterThan(3));
        AssertCleanEnd(daemon);
    }

    [Test]
    public void Keys_of_the_configuration_count_from_the_next_upgrade_on_but_for_the_limits()
    {
        using Sandbox spaces = Sandbox.Create();
        string first = spaces.NewDirectory("first");
        string second = Path.Combine(spaces.Directory, "second");
        using UpgradableDaemon daemon = UpgradableDaemon.Start(
            new DaemonOptions { Configuration = $"max_clients = 2\nlockspaces = [\"{first}\"]\n" });
        using WireClient client = daemon.ConnectAs(Pid);
        Refusal.AssertOk(client.Acquire(first, "lease", 2));
        daemon.Upgrade();
        Refusal.AssertOk(client.Release(first, "lease"));

        File.WriteAllText(
            Path.Combine(daemon.Directory, "virtlockd.conf"), $"max_clients = 1\nlockspaces = [\"{first}\", \"{second}\"]\n");
        daemon.Upgrade();

        Assert.That(second, Does.Exist);
        Refusal.AssertOk(client.Acquire(second, "lease", 2));
        using WireClient other = daemon.ConnectAs(Pid + 1);
        Refusal.AssertOk(other.Acquire(first, "lease", 2));
        Assert.That(daemon.Log, Does.Not.Contain("left out"));
    }

    [Test]
    public void Activated_sockets_go_on_being_served_and_are_left_alone_at_the_end()
    {
        Require.MountNamespaces();
        using ReplaceableExecutable executable = new();
        using Sandbox sandbox = Sandbox.Create();
        DaemonLog log = new(executable.Path + ".log");
        string socket = Path.Combine(sandbox.Directory, "lock");
        string admin = Path.Combine(sandbox.Directory, "admin");
        using ChildProcess daemon = sandbox.Start(
            [Peer.Executable, "activate", "virtlockd.socket:virtlockd-admin.socket", socket, admin, "--", executable.Path],
            new Dictionary<string, string> { ["LIBVIRT_DEBUG"] = "2", ["LIBVIRT_LOG_OUTPUTS"] = $"2:file:{log.Path}" });
        Eventually.True(() => daemon.HasExited || WireClient.CanConnect(socket), "the daemon serves");
        using WireClient early = WireClient.Connect(socket);
        Refusal.AssertOk(early.Register(Pid));

        for (int i = 1; i <= 2; i++)
        {
            daemon.Signal("USR1");
            Eventually.True(
                () => log.Lines.Count(line => line.Contains("restored ", StringComparison.Ordinal)) == i, "the upgrade is done");
            using WireClient late = WireClient.Connect(socket);
            Refusal.AssertOk(late.Register(Pid));
            Refusal.AssertOk(early.Register(Pid));
        }

        daemon.Signal("TERM");
        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        Assert.That(socket, Does.Exist);
        Assert.That(admin, Does.Exist);
    }

    private static void AssertCleanEnd(UpgradableDaemon daemon)
    {
        Assert.That(daemon.Serving.Daemon.WaitForExit(), Is.Zero, daemon.Log);
        Assert.That(Directory.GetFiles(daemon.Serving.Sandbox.RuntimeDirectory), Is.Empty, "sockets");
        Assert.That(Directory.GetFiles(daemon.Serving.Sandbox.Outside("/run")), Is.Empty, "the PID file and the state file");
    }

    private static int[] Children(int pid) => [.. File
        .ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task/{pid}/children"))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
}
