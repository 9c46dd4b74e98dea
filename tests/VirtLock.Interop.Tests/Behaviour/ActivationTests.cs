using System.Net.Sockets;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>Sockets that a service manager opened beforehand.</summary>
[TestFixture(DaemonKind.Libvirt)]
[TestFixture(DaemonKind.VirtLock)]
internal sealed class ActivationTests(DaemonKind kind) : SandboxFixture(kind)
{
    [Test]
    public void An_activated_socket_is_served_and_outlives_the_daemon()
    {
        string socket = Path.Combine(Sandbox.Directory, "lock");
        using ChildProcess daemon = Activate("virtlockd.socket", socket);

        Serve(daemon, socket);
        Assert.That(Path.Combine(Sandbox.RuntimeDirectory, "virtlockd-sock"), Does.Not.Exist);

        daemon.Signal("TERM");
        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        Assert.That(socket, Does.Exist);
    }

    [Test]
    public void A_client_that_came_before_the_daemon_is_served()
    {
        string socket = Path.Combine(Sandbox.Directory, "lock");
        using ChildProcess daemon = Activate("virtlockd.socket", socket);
        Eventually.True(() => daemon.HasExited || File.Exists(socket), "the socket is there");

        Serve(daemon, socket);
    }

    [Test]
    public void Two_sockets_of_one_name_both_serve()
    {
        string first = Path.Combine(Sandbox.Directory, "first");
        string second = Path.Combine(Sandbox.Directory, "second");
        using ChildProcess daemon = Activate("virtlockd.socket:virtlockd.socket", first, second);

        Serve(daemon, first);
        Serve(daemon, second);
    }

    [Test]
    public void With_a_wrong_count_of_names_it_opens_its_own_sockets()
    {
        string socket = Path.Combine(Sandbox.Directory, "lock");
        using ChildProcess daemon = Activate("virtlockd.socket:virtlockd.socket", socket);

        Serve(daemon, Path.Combine(Sandbox.RuntimeDirectory, "virtlockd-sock"));
    }

    [Test]
    public void Without_names_it_makes_its_own_sockets_in_place_of_those()
    {
        string socket = Path.Combine(Sandbox.RuntimeDirectory, "virtlockd-sock");
        Directory.CreateDirectory(Sandbox.RuntimeDirectory);
        using ChildProcess daemon = Activate("-", "/run/libvirt/virtlockd-sock");

        Eventually.True(() => daemon.HasExited || Answers(socket), "a client is answered");
        Assert.That(daemon.HasExited, Is.False, daemon.StandardError);
    }

    /// <summary>Whether somebody serves a socket; one that is not yet served accepts connections as well.</summary>
    private static bool Answers(string socket)
    {
        if (!WireClient.CanConnect(socket))
        {
            return false;
        }

        using WireClient client = WireClient.Connect(socket);
        client.Bound = TimeSpan.FromMilliseconds(500);
        try
        {
            return client.Register().IsOk;
        }
        catch (Exception unanswered) when (unanswered is TimeoutException or IOException or SocketException)
        {
            return false;
        }
    }

    private static void Serve(ChildProcess daemon, string socket)
    {
        WaitUntilServing(daemon, socket);
        using WireClient client = WireClient.Connect(socket);
        Refusal.AssertOk(client.Register());
    }

    private ChildProcess Activate(string names, params string[] sockets) =>
        Sandbox.Start([Peer.Executable, "activate", names, .. sockets, "--", DaemonPath.Of(Kind)]);
}
