using System.Text;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>How bytes become packets and replies bytes, over a real socket.</summary>
[TestFixture]
internal sealed unsafe class ConnectionTests
{
    [Test]
    public void Lock_requests_are_answered()
    {
        using var server = new TestServer(openSession: TestServer.LockProgram());
        using TestClient client = server.Connect();
        var register = new ByteQueue();
        CallWriter.Write(register, LockProcedure.Register, 5, new RegisterArguments(new byte[16], "guest"u8, 1, 424242, 0));

        client.Send(register.Unread);

        Assert.That(
            client.ReceiveHeader(),
            Is.EqualTo(new PacketHeader(
                ProtocolConstants.LockProgram, 1, (int)LockProcedure.Register, MessageType.Reply, 5, MessageStatus.Ok)));
    }

    [Test]
    public void Packet_that_comes_byte_by_byte_is_answered_once_it_is_whole()
    {
        using var server = new TestServer();
        using TestClient client = server.Connect();
        foreach (byte one in TestClient.Call(7).SkipLast(1))
        {
            client.Send(one);
        }

        server.Settle();
        Assert.That(client.Available, Is.Zero);

        client.Send(TestClient.Call(7)[^1]);

        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(7));
    }

    [Test]
    public void Packets_that_come_together_are_answered_in_order_and_the_half_one_behind_them_later()
    {
        using var server = new TestServer();
        using TestClient client = server.Connect();
        byte[] third = TestClient.Call(3);

        client.Send([.. TestClient.Call(1), .. TestClient.Call(2), .. third.AsSpan(0, 10)]);
        uint[] first = [client.ReceiveHeader().Serial, client.ReceiveHeader().Serial];
        client.Send(third.AsSpan(10));

        Assert.That(first, Is.EqualTo(new uint[] { 1, 2 }));
        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(3));
    }

    [Test]
    public void Packet_larger_than_any_read_is_answered()
    {
        using var server = new TestServer();
        using TestClient client = server.Connect();

        client.Send(TestClient.Call(9, MessageType.Call, new byte[300_000]));

        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(9));
    }

    [Test]
    public void Malformed_packet_ends_the_connection_after_the_replies_to_those_before()
    {
        using var server = new TestServer();
        using TestClient other = server.Connect();
        using TestClient client = server.Connect();

        client.Send([.. TestClient.Call(1), 0, 0, 0, 3]);

        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(1));
        client.ReceiveEnd();
        other.AssertServed();
    }

    [Test]
    public void Client_that_does_not_read_its_replies_is_not_read_from_until_it_does()
    {
        // Each call is answered with more bytes than it has, so the replies fill the socket first.
        const int Enough = 64 * 1024 * 1024;
        using var server = new TestServer();
        using TestClient other = server.Connect();
        using TestClient client = server.Connect();
        byte[] call = TestClient.Call(1);
        byte[] calls = [.. Enumerable.Repeat(call, 64).SelectMany(bytes => bytes)];
        long sent = 0;
        int refusals = 0;
        while (refusals < 20 && sent < Enough)
        {
            int count = client.TrySend(calls.AsSpan((int)(sent % call.Length)));
            sent += count;
            refusals = count > 0 ? 0 : refusals + 1;

            // A server that still read would make room meanwhile.
            server.Settle();
        }

        Assert.That(sent, Is.LessThan(Enough), "the server stopped to read");
        other.AssertServed();
        for (long answered = 0; answered < sent / call.Length; answered++)
        {
            Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(1));
        }

        client.Send(call.AsSpan((int)(sent % call.Length)));
        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(1));
        client.AssertServed();
    }

    [Test]
    public void Descriptors_that_come_with_a_call_are_closed_and_the_stream_goes_on_behind_them()
    {
        int* pipe = stackalloc int[2];
        Assert.That(LibC.pipe2(pipe, LibC.O_CLOEXEC), Is.Zero);
        Descriptor readEnd = new(pipe[0]), writeEnd = new(pipe[1]);
        using var server = new TestServer();
        using TestClient client = server.Connect();

        client.Send(TestClient.Call(1, MessageType.CallWithFds, 0, 0, 0, 1));
        server.Settle();
        Assert.That(client.Available, Is.Zero, "the byte that carries the descriptor belongs to the packet");
        client.SendDescriptor(writeEnd);
        writeEnd.Close();

        Assert.That(client.ReceiveHeader().Serial, Is.EqualTo(1));
        client.AssertServed();
        Assert.That(readEnd.ReadAll(new byte[1], out int count), Is.Zero);
        Assert.That(count, Is.Zero, "nobody has the write end any more");
        readEnd.Close();
    }

    [TestCase(33)]
    [TestCase(255)]
    public void Call_that_announces_more_descriptors_than_may_be_ends_the_connection(byte count)
    {
        using var server = new TestServer();
        using TestClient client = server.Connect();

        client.Send(TestClient.Call(1, MessageType.CallWithFds, 0, 0, 0, count));

        client.ReceiveEnd();
    }

    [Test]
    public void Client_that_goes_with_replies_unread_leaves_the_others_served()
    {
        using var server = new TestServer();
        using TestClient other = server.Connect();
        using (TestClient client = server.Connect())
        {
            client.Send([.. Enumerable.Range(0, 1000).SelectMany(serial => TestClient.Call((uint)serial))]);
        }

        other.AssertServed();
        server.Settle();

        Assert.That(server.ClientIds, Has.Count.EqualTo(1));
    }

    [Test]
    public void Request_that_throws_costs_its_own_connection_and_a_line_in_the_log()
    {
        using var server = new TestServer(openSession: () => new ThrowingSession());
        using TestClient other = server.Connect();
        using TestClient client = server.Connect();
        other.AssertServed();

        client.Send(TestClient.Call(1));

        client.ReceiveEnd();
        other.AssertServed();
        Assert.That(other.Available, Is.Zero, "nothing of the failed reply reaches anybody else");
        Assert.That(server.Log.Lines, Is.EqualTo(new[] { "a step of the event loop failed, and the daemon goes on without it" }));
        Assert.That(server.Left, Is.EqualTo(new ulong[] { 2 }));
    }

    [Test]
    public void Packet_of_32_MiB_costs_no_more_than_the_longest_request_and_is_answered_when_it_is_whole()
    {
        using var server = new TestServer(openSession: TestServer.LockProgram());
        using TestClient client = server.Connect();
        client.Send(TestClient.Register(1));
        Assert.That(client.ReceiveHeader().Status, Is.EqualTo(MessageStatus.Ok));
        byte[] call = TestClient.Acquire(2, "/no/such", ProtocolConstants.MaximumFrameLength - TestClient.Acquire(2, "/no/such").Length);

        client.Send(call.AsSpan(..^1));
        server.Settle();

        Assert.That(server.KeptBytes.Single(), Is.LessThanOrEqualTo(ProtocolConstants.LongestLockCall));
        Assert.That(client.Available, Is.Zero);
        client.Send([call[^1], .. TestClient.Ping]);
        (uint serial, string message) = client.ReceiveRefusal();
        Assert.That(serial, Is.EqualTo(2));
        Assert.That(message, Does.Contain("/no/such"));
        Assert.That(client.Receive(), Is.EqualTo(TestClient.Pong));
    }

    [Test]
    public void Client_with_the_most_of_all_half_sent_requests_is_closed_when_they_are_too_many()
    {
        using var server = new TestServer(openSession: TestServer.LockProgram(), keptLimit: 100_000);
        using TestClient modest = server.Connect();
        using TestClient greedy = server.Connect();
        using TestClient last = server.Connect();
        byte[] call = TestClient.Acquire(2, "/disk", 200_000);
        modest.Send(call.AsSpan(..10_000));
        server.Settle();
        greedy.Send(call.AsSpan(..70_000));
        server.Settle();
        Assert.That(server.ClientIds, Has.Count.EqualTo(3));

        last.Send(call.AsSpan(..30_000));

        greedy.ReceiveEnd();
        server.Settle();
        Assert.That(server.KeptBytes, Is.EquivalentTo(new[] { 10_000, 30_000 }));
        Assert.That(server.Log.Lines.Single(), Does.EndWith("has 70000 bytes of half-sent requests, the most of all"));
    }

    [Test]
    public void Clients_that_come_and_go_with_half_sent_requests_use_nothing_up()
    {
        using var server = new TestServer(openSession: TestServer.LockProgram(), keptLimit: 25_000);
        byte[] call = TestClient.Acquire(2, "/disk", 20_000);
        using TestClient finishing = server.Connect();
        for (int round = 0; round < 5; round++)
        {
            using TestClient leaving = server.Connect();
            leaving.Send(call.AsSpan(..10_000));
            finishing.Send(call.AsSpan(..10_000));
            server.Settle();
            finishing.Send(call.AsSpan(10_000..));
            finishing.ReceiveRefusal();
        }

        server.Settle();
        Assert.That(server.ClientIds, Is.EqualTo(new ulong[] { 1 }));
        Assert.That(server.Log.Lines, Is.Empty);
    }

    [Test]
    public void Client_whose_file_cannot_be_opened_yet_waits_alone()
    {
        var driver = new DelayingDriver();
        using var server = new TestServer(openSession: LockProgramOver(driver));
        using TestClient waiting = server.Connect();
        using TestClient other = server.Connect();
        waiting.Send(Register(1));
        waiting.ReceiveHeader();

        waiting.Send([.. Acquire(2), .. TestClient.Ping]);
        other.AssertServed();
        Assert.That(SpinWait.SpinUntil(() => driver.Attempts > 3, Patience.Limit), Is.True, "it is tried again and again");
        int early = waiting.Available;
        driver.IsDelaying = false;

        Assert.That(early, Is.Zero, "nor are the requests behind it answered");
        PacketHeader reply = waiting.ReceiveHeader();
        Assert.That((reply.Serial, reply.Status), Is.EqualTo((2u, MessageStatus.Ok)));
        Assert.That(waiting.Receive(), Is.EqualTo(TestClient.Pong));
        waiting.AssertServed();
        Assert.That(driver.Granted, Is.EqualTo(1));
    }

    [Test]
    public void Client_that_goes_while_its_file_cannot_be_opened_is_missed_at_once_and_granted_nothing()
    {
        var driver = new DelayingDriver();
        using var server = new TestServer(openSession: LockProgramOver(driver));
        TestClient waiting = server.Connect();
        waiting.Send([.. Register(1), .. Acquire(2)]);
        waiting.ReceiveHeader();
        Assert.That(SpinWait.SpinUntil(() => driver.Attempts > 0, Patience.Limit), Is.True);

        waiting.Dispose();

        Assert.That(SpinWait.SpinUntil(() => server.ClientIds.Count == 0, Patience.Limit), Is.True);
        driver.IsDelaying = false;
        server.Settle();
        Assert.That(driver.Granted, Is.Zero);
    }

    [Test]
    public void Client_whose_file_cannot_be_opened_for_a_minute_is_told_so_and_served_on()
    {
        var driver = new DelayingDriver();
        var time = new SetTime();
        using var server = new TestServer(openSession: LockProgramOver(driver), time: time);
        using TestClient client = server.Connect();
        client.Send(Register(1));
        client.ReceiveHeader();
        client.Send([.. Acquire(2), .. Acquire(3)]);
        Assert.That(SpinWait.SpinUntil(() => driver.Attempts > 3, Patience.Limit), Is.True);
        int early = client.Available;

        time.Advance(TimeSpan.FromSeconds(61));
        PacketHeader refused = client.ReceiveHeader();
        int attempts = driver.Attempts;
        Assert.That(SpinWait.SpinUntil(() => driver.Attempts > attempts + 3, Patience.Limit), Is.True);
        int afterwards = client.Available;
        driver.IsDelaying = false;

        Assert.That((early, afterwards), Is.EqualTo((0, 0)), "each request has its own minute");
        Assert.That((refused.Serial, refused.Status), Is.EqualTo((2u, MessageStatus.Error)));
        PacketHeader granted = client.ReceiveHeader();
        Assert.That((granted.Serial, granted.Status), Is.EqualTo((3u, MessageStatus.Ok)));
    }

    [Test]
    public void Client_that_numbers_its_requests_alike_has_a_minute_for_each()
    {
        var driver = new DelayingDriver();
        var time = new SetTime();
        using var server = new TestServer(openSession: LockProgramOver(driver), time: time);
        using TestClient client = server.Connect();
        client.Send(Register(1));
        client.ReceiveHeader();
        client.Send(Acquire(1));
        Assert.That(SpinWait.SpinUntil(() => driver.Attempts > 1, Patience.Limit), Is.True);
        driver.IsDelaying = false;
        Assert.That(client.ReceiveHeader().Status, Is.EqualTo(MessageStatus.Ok));
        time.Advance(TimeSpan.FromSeconds(61));
        driver.IsDelaying = true;
        int attempts = driver.Attempts;

        client.Send(Acquire(1, "/other"));

        Assert.That(SpinWait.SpinUntil(() => driver.Attempts > attempts + 3, Patience.Limit), Is.True);
        Assert.That(client.Available, Is.Zero, "the second request has not waited yet");
    }

    private static Func<Session> LockProgramOver(ILockDriver driver)
    {
        var table = new LockTable(driver, TimeProvider.System);
        return () => new LockSession(table);
    }

    private static byte[] Register(uint serial)
    {
        var call = new ByteQueue();
        CallWriter.Write(call, LockProcedure.Register, serial, new RegisterArguments(new byte[16], "guest"u8, 1, 424242, 0));
        return call.Unread.ToArray();
    }

    private static byte[] Acquire(uint serial, string name = "/disk")
    {
        var call = new ByteQueue();
        CallWriter.Write(call, LockProcedure.AcquireResource, serial, new ResourceArguments(default, Encoding.UTF8.GetBytes(name), 0));
        return call.Unread.ToArray();
    }

    /// <summary>A clock that stands where it was set.</summary>
    private sealed class SetTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _ticks);

        internal void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }

    /// <summary>Has a file that cannot be opened for a while, as when another program has a lease on it.</summary>
    private sealed class DelayingDriver : ILockDriver
    {
        private const int TryAgain = 11;
        private volatile bool _isDelaying = true;
        private volatile int _attempts;
        private volatile int _granted;

        internal bool IsDelaying
        {
            set => _isDelaying = value;
        }

        internal int Attempts => _attempts;

        internal int Granted => _granted;

        public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
        {
            _attempts++;
            if (_isDelaying)
            {
                return LockAttempt.Delayed(new SystemError(TryAgain, "not yet"));
            }

            _granted++;
            return LockAttempt.Granted(default);
        }

        public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate) => null;

        public SystemError? CreateFile(FilePath path) => null;

        public SystemError? DeleteFile(FilePath path) => null;

        public DirectoryAttempt EnsureDirectory(FilePath path) => new(true, null);
    }
}
