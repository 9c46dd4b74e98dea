using System.Globalization;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>What an upgrade does with the sockets: those that clients come in by, and those that they are in by.</summary>
[TestFixture]
internal sealed class SocketTests() : SandboxFixture(DaemonKind.VirtLock)
{
    private const string Restored = ": restored ";

    private static readonly Dictionary<string, string> Talkative = new() { ["LIBVIRT_DEBUG"] = "2" };

    [Test]
    public void A_socket_of_the_service_manager_outlives_upgrade_and_end()
    {
        string socket = Path.Combine(Sandbox.Directory, "lock");
        using ChildProcess daemon = Sandbox.Start(
            [Peer.Executable, "activate", "virtlockd.socket", socket, "--", DaemonPath.Of(Kind)], Talkative);
        WaitUntilServing(daemon, socket);
        using WireClient client = WireClient.Connect(socket);
        Refusal.AssertOk(client.Register());

        Upgrade(daemon);
        using WireClient late = WireClient.Connect(socket);
        Refusal.AssertOk(late.Register());

        daemon.Signal("TERM");
        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        Assert.That(socket, Does.Exist);
    }

    [Test]
    public void No_descriptor_is_left_for_the_children_of_the_successor()
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Environment = Talkative });
        WaitUntilServing(daemon, SocketPath);
        string file = Path.Combine(Sandbox.Directory, "disk.img");
        File.WriteAllText(file, "");
        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register());
        Refusal.AssertOk(client.Acquire("", file));

        List<string> before = Inheritable(daemon.Id);

        Upgrade(daemon);

        Refusal.AssertOk(client.Register());
        Assert.That(Inheritable(daemon.Id), Is.EquivalentTo(before), "what it was started with");
    }

    [Test]
    public void A_packet_of_which_only_the_front_is_kept_ends_where_its_sender_ends_it()
    {
        using ChildProcess daemon = Launch(new DaemonOptions { Environment = Talkative });
        WaitUntilServing(daemon, SocketPath);
        using WireClient client = WireClient.Connect(SocketPath);
        WireFrame register = WireFrame.Call(
            LockProcedure.Register, new WireBody().Raw(new byte[16]).Text("demo").UInt(7).UInt(424243).UInt(0));
        byte[] call = (register with { Serial = 5, Body = [.. register.Body, .. new byte[1 << 20]] }).ToArray();
        client.SendRaw(call.AsSpan(..700_000));

        Upgrade(daemon);
        client.SendRaw(call.AsSpan(700_000..));

        WireReply reply = client.ReadReply();
        Assert.That(reply.Serial, Is.EqualTo(5));
        Refusal.AssertOk(reply);
        Refusal.AssertOk(client.Register());
    }

    private static void Upgrade(ChildProcess daemon)
    {
        daemon.Signal("USR1");
        Eventually.True(
            () => daemon.HasExited || daemon.StandardError.Contains(Restored, StringComparison.Ordinal), "the successor serves");
        Assert.That(daemon.HasExited, Is.False, daemon.StandardError);
    }

    /// <summary>The open descriptors without O_CLOEXEC, 02000000: proc_pid_fdinfo(5).</summary>
    private static List<string> Inheritable(int pid) =>
    [
        .. from file in Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fdinfo"))
        let flags = File.ReadLines(file).First(line => line.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1]
        where (Convert.ToInt32(flags, 8) & 0x80000) == 0
        select Path.GetFileName(file),
    ];
}
