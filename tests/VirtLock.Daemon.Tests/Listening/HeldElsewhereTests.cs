using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>What clients see while it is looked up, off the loop, which process holds a file.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HeldElsewhereTests : IDisposable
{
    private const string Unknown = "held by somebody unknown";
    private static readonly LockHolder Holder = LockHolder.OfProcess(4711, "qemu-system-x86");

    private readonly MemoryDisk _disk = new();
    private readonly ManualResetEventSlim _found = new();
    private readonly List<FileIdentity> _searched = [];

    public HeldElsewhereTests()
    {
        foreach (string name in (string[])["disk", "other", "third"])
        {
            _disk.WriteFile(name);
            Assert.That(_disk.TryLockElsewhere(name, LockMode.Exclusive), Is.True);
        }
    }

    public void Dispose()
    {
        _found.Set();
        _disk.Dispose();
        _found.Dispose();
    }

    [Test]
    public void Refusal_names_the_holder_and_requests_behind_it_are_answered_after_it()
    {
        using TestServer server = Serve();
        using TestClient client = Connect(server);
        client.Send([.. TestClient.Acquire(1, "/disk"), .. TestClient.Ping]);
        server.Settle();
        client.Send(TestClient.Register(2));
        server.Settle();

        Assert.That(client.Available, Is.Zero, "nothing is read on before the first is answered");
        Assert.That(server.KeptBytes, Is.EqualTo(new[] { TestClient.Acquire(1, "/disk").Length + TestClient.Ping.Length }));
        _found.Set();

        Assert.That(client.ReceiveRefusal().Message, Does.Contain("4711"));
        Assert.That(client.Receive(), Is.EqualTo(TestClient.Pong));
        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(2));
        client.AssertServed();
    }

    [Test]
    public void Client_that_dies_while_it_waits_is_known_to_be_gone_at_once()
    {
        using TestServer server = Serve();
        using TestClient other = Connect(server);
        using (TestClient client = Connect(server))
        {
            client.Send(TestClient.Acquire(1, "/disk"));
            server.Settle();
        }

        server.Settle();
        Assert.That(server.Left, Is.EqualTo(new ulong[] { 2 }));

        _found.Set();
        other.AssertServed();
    }

    [Test]
    public void Client_that_sends_no_more_while_it_waits_gets_its_reply()
    {
        using TestServer server = Serve();
        using TestClient client = Connect(server);
        client.Send(TestClient.Acquire(1, "/disk"));
        client.FinishSending();
        server.Settle();
        Assert.That(server.Left, Is.Empty);

        _found.Set();

        Assert.That(client.ReceiveRefusal().Message, Does.Contain("4711"));
        client.ReceiveEnd();
    }

    [Test]
    public void Search_that_fails_is_an_answer_that_names_nobody()
    {
        using TestServer server = Serve(_ => throw new IOException("Too many open files"));
        using TestClient client = Connect(server);

        client.Send(TestClient.Acquire(1, "/disk"));

        Assert.That(client.ReceiveRefusal().Message, Does.Contain("/disk").And.Contain(Unknown));
        client.AssertServed();
        Assert.That(server.Log.Lines, Is.EqualTo(new[] { "which process holds a file is not known: Too many open files" }));
    }

    [Test]
    public void Search_that_never_ends_costs_each_client_no_more_than_its_time()
    {
        using TestServer server = Serve(limit: TimeSpan.FromMilliseconds(50));
        using TestClient first = Connect(server);
        using TestClient second = Connect(server);
        first.Send(TestClient.Acquire(1, "/disk"));
        second.Send(TestClient.Acquire(2, "/other"));

        Assert.That(first.ReceiveRefusal().Message, Does.Contain(Unknown));
        Assert.That(second.ReceiveRefusal().Message, Does.Contain(Unknown));

        // The search is still under way: nobody is to wait for its time again.
        second.Send(TestClient.Acquire(3, "/third"));
        Assert.That(second.ReceiveRefusal().Message, Does.Contain(Unknown));
        _found.Set();
        second.AssertServed();
    }

    [Test]
    public void Late_answer_is_nobodys()
    {
        using TestServer server = Serve(limit: TimeSpan.FromMilliseconds(50));
        using TestClient client = Connect(server);
        client.Send(TestClient.Acquire(1, "/disk"));
        Assert.That(client.ReceiveRefusal().Serial, Is.EqualTo(1));

        _found.Set();
        Assert.That(() => server.Log.Lines.Count, Is.EqualTo(1).After(1000, 10));
        client.AssertServed();
        client.Send(TestClient.Acquire(2, "/disk"));

        (uint serial, string message) = client.ReceiveRefusal();
        Assert.That(serial, Is.EqualTo(2));
        Assert.That(message, Does.Contain("4711"));
    }

    [Test]
    public void Questions_are_answered_in_the_order_asked()
    {
        using TestServer server = Serve();
        using TestClient first = Connect(server);
        using TestClient second = Connect(server);
        using TestClient third = Connect(server);
        first.Send(TestClient.Acquire(1, "/disk"));
        server.Settle();
        second.Send(TestClient.Acquire(2, "/other"));
        server.Settle();
        third.Send(TestClient.Acquire(3, "/third"));
        server.Settle();

        // Asks for the first file again as soon as it is answered: that is a question behind the others.
        _found.Set();
        Assert.That(first.ReceiveRefusal().Serial, Is.EqualTo(1));
        first.Send(TestClient.Acquire(4, "/disk"));
        Assert.That(second.ReceiveRefusal().Serial, Is.EqualTo(2));
        Assert.That(third.ReceiveRefusal().Serial, Is.EqualTo(3));
        Assert.That(first.ReceiveRefusal().Serial, Is.EqualTo(4));

        lock (_searched)
        {
            Assert.That(_searched.Take(3), Is.EqualTo(new[] { Identify("disk"), Identify("other"), Identify("third") }));
        }
    }

    private static TestClient Connect(TestServer server)
    {
        TestClient client = server.Connect();
        client.Send(TestClient.Register(100));
        Assert.That(client.ReceiveHeader().Status, Is.EqualTo(MessageStatus.Ok));
        return client;
    }

    private FileIdentity Identify(string name) =>
        _disk.Driver.TryLock(_disk.PathOf(name), LockMode.Exclusive, autocreate: false).Identity;

    private TestServer Serve(Func<FileIdentity, LockHolder?>? search = null, TimeSpan? limit = null) => new(
        openSession: TestServer.LockProgram(_disk.Driver), search: search ?? Search, searchLimit: limit);

    private LockHolder? Search(FileIdentity file)
    {
        lock (_searched)
        {
            _searched.Add(file);
        }

        return _found.Wait(Patience.Limit) ? Holder : null;
    }
}
