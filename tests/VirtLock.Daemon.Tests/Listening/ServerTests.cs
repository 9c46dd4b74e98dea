using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>Whom a server lets in, and when.</summary>
[TestFixture]
internal sealed class ServerTests
{
    [Test]
    public void Clients_are_served_side_by_side_and_numbered_from_one()
    {
        using var server = new TestServer();
        using TestClient first = server.Connect();
        first.AssertServed();
        using TestClient second = server.Connect();

        second.AssertServed();
        first.AssertServed();

        Assert.That(server.ClientIds, Is.EquivalentTo(new ulong[] { 1, 2 }));
    }

    [Test]
    public void More_clients_at_once_than_one_turn_lets_in_are_all_served()
    {
        using var server = new TestServer();
        var clients = Enumerable.Range(0, 25).Select(_ => server.Connect()).ToList();

        clients.ForEach(client => client.AssertServed());

        Assert.That(server.ClientIds, Has.Count.EqualTo(25));
        clients.ForEach(client => client.Dispose());
    }

    [Test]
    public void Client_beyond_the_limit_waits_until_another_leaves()
    {
        using var server = new TestServer(maximumClients: 2);
        TestClient first = server.Connect();
        first.AssertServed();
        using TestClient second = server.Connect();
        second.AssertServed();
        using TestClient third = server.Connect();
        third.Send(TestClient.Ping);
        server.Settle();
        second.AssertServed();
        Assert.That((third.Available, server.ClientIds.Count), Is.EqualTo((0, 2)));

        first.Dispose();

        Assert.That(third.Receive(), Is.EqualTo(TestClient.Pong));
        Assert.That(server.ClientIds, Is.EquivalentTo(new ulong[] { 2, 3 }));
    }

    [Test]
    public void Limit_of_no_clients_lets_one_in_ever()
    {
        using var server = new TestServer(maximumClients: 0);
        using (TestClient first = server.Connect())
        {
            first.AssertServed();
        }

        using TestClient second = server.Connect();
        second.Send(TestClient.Ping);
        server.Settle();

        Assert.That((second.Available, server.ClientIds.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Peer_of_another_user_is_refused_and_uses_a_number_up()
    {
        uint other = LibC.geteuid() + 1;
        using var server = new TestServer(allowedUser: other);
        using TestClient client = server.Connect();

        client.ReceiveEnd();

        Assert.That(
            server.Log.Lines,
            Is.EqualTo(new[] { $"client of pid {Environment.ProcessId} and uid {LibC.geteuid()} refused: only uid {other} may connect" }));
        Assert.That(server.ClientIds, Is.Empty);
        Assert.That(server.Left, Is.Empty);
    }

    [Test]
    public void Client_that_leaves_is_told_of_and_forgotten()
    {
        using var server = new TestServer();
        using TestClient staying = server.Connect();
        staying.AssertServed();
        TestClient leaving = server.Connect();
        leaving.AssertServed();

        leaving.Dispose();
        server.Settle();

        Assert.That(server.ClientIds, Is.EqualTo(new ulong[] { 1 }));
        Assert.That(server.Left, Is.EqualTo(new ulong[] { 2 }));
    }

    [Test]
    public void Server_that_is_stopped_ends_its_clients_and_lets_nobody_in()
    {
        using var server = new TestServer();
        using TestClient client = server.Connect();
        client.AssertServed();

        server.Stop();

        client.ReceiveEnd();
        using TestClient late = server.Connect();
        late.Send(TestClient.Ping);
        server.Settle();
        Assert.That((late.Available, server.ClientIds.Count), Is.EqualTo((0, 0)));
    }
}
