using System.Buffers.Binary;
using System.Net.Sockets;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>Clients that mean harm, or read nothing: what they cost the daemon and its other clients.</summary>
[TestFixture]
internal sealed class HostilityTests
{
    private const int Rounds = 500;
    private static readonly WireBody Registration = new WireBody().Raw(new byte[16]).Text("demo").UInt(7).UInt(424243).UInt(0);

    private DaemonSandbox _daemon = null!;
    private string _file = null!;
    private WireClient _honest = null!;

    [SetUp]
    public void StartDaemon()
    {
        _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);
        _file = Path.Combine(_daemon.Sandbox.Directory, "disk.img");
        File.WriteAllText(_file, "");
        _honest = _daemon.ConnectAs(424242);
        Refusal.AssertOk(_honest.Acquire("", _file));
    }

    [TearDown]
    public void HonestClientIsUnharmed()
    {
        try
        {
            Assert.That(LockProbe.Of(_file), Is.EqualTo(LockState.Exclusive));
            Refusal.AssertOk(_honest.Release("", _file));
        }
        finally
        {
            _honest?.Dispose();
            _daemon?.Dispose();
        }
    }

    [Test]
    public void Damaged_frames_leave_no_descriptor_behind()
    {
        int before = SettledDescriptorCount();
        Random random = new(20_010);
        byte[] sound = WireFrame.Call(LockProcedure.Register, Registration).ToArray();
        for (int round = 0; round < Rounds; round++)
        {
            byte[] frame = [.. sound];
            for (int changes = random.Next(1, 8); changes > 0; changes--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            using WireClient client = _daemon.Connect();
            SendToAnyEnd(client, frame.AsSpan(0, random.Next(1, frame.Length + 1)));
            client.FinishSending();
        }

        AssertDescriptorCount(before);
    }

    // The descriptors are of the very file that the honest client has leased: closing one would drop a record lock of the process.
    [Test]
    public void Descriptors_attached_to_anything_are_closed_at_no_leases_cost()
    {
        int before = SettledDescriptorCount();
        using LockFile attached = new(_file);
        Random random = new(20_011);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] count = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(count, random.Next(0, 34));
            WireFrame call = WireFrame.Call(LockProcedure.Register, Registration);
            WireFrame frame = call with
            {
                Type = (uint)random.Next(0, 7),
                Body = [.. count, .. call.Body],
            };

            using WireClient client = _daemon.Connect();
            SendToAnyEnd(client, frame.ToArray());
            for (int i = random.Next(0, 5); i > 0; i--)
            {
                TrySendDescriptor(client, attached.Descriptor);
            }
        }

        AssertDescriptorCount(before);
    }

    [Test]
    public void A_client_that_reads_no_replies_costs_little()
    {
        long before = ProcessTable.ResidentBytes(_daemon.Daemon.Id);
        using WireClient greedy = _daemon.Connect();
        greedy.Socket.Blocking = false;
        byte[] pings = [.. Enumerable.Repeat(WireFrame.Ping.ToArray(), 1000).SelectMany(ping => ping)];

        // Until the daemon reads no more for a second, or far past what it should have taken.
        long sent = 0;
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Eventually.DefaultBound
            && SpinWait.SpinUntil(() => TrySend(greedy, pings, ref sent), TimeSpan.FromSeconds(1)))
        {
            Refusal.AssertOk(_honest.Register());
        }

        long grown = ProcessTable.ResidentBytes(_daemon.Daemon.Id) - before;
        TestContext.Out.WriteLine($"took {sent >> 10} KiB of pings and grew by {grown >> 10} KiB");
        Assert.That(grown, Is.LessThan(16L << 20));

        // While it reads nothing the daemon has nothing to do; when it reads again it gets what it asked for.
        TimeSpan busy = ProcessTable.ProcessorTime(_daemon.Daemon.Id);
        Thread.Sleep(500);
        Assert.That(ProcessTable.ProcessorTime(_daemon.Daemon.Id) - busy, Is.LessThan(TimeSpan.FromMilliseconds(200)));
        greedy.Socket.Blocking = true;
        for (long i = 0; i < sent / WireFrame.Ping.ToArray().Length; i++)
        {
            greedy.ReadReply();
        }
    }

    [Test]
    public void A_client_with_ten_thousand_calls_in_flight_lets_others_through()
    {
        using WireClient busy = _daemon.Connect();
        byte[] calls =
            [.. Enumerable.Repeat(WireFrame.Call(LockProcedure.Register, Registration).ToArray(), 10_000).SelectMany(call => call)];
        Task sending = Task.Run(() => busy.SendRaw(calls));
        Task reading = Task.Run(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                Refusal.AssertOk(busy.ReadReply());
            }
        });

        TimeSpan longest = TimeSpan.Zero;
        while (!reading.IsCompleted)
        {
            long start = TimeProvider.System.GetTimestamp();
            Refusal.AssertOk(_honest.Register());
            TimeSpan one = TimeProvider.System.GetElapsedTime(start);
            longest = one > longest ? one : longest;
        }

        Task.WaitAll(sending, reading);
        TestContext.Out.WriteLine($"the longest reply to the other client took {longest.TotalMilliseconds:0.0} ms");
        Assert.That(longest, Is.LessThan(TimeSpan.FromMilliseconds(250)));
    }

    [Test]
    public void A_length_word_alone_claims_no_memory()
    {
        long before = ProcessTable.ResidentBytes(_daemon.Daemon.Id);
        List<WireClient> clients = [];
        for (int i = 0; i < 50; i++)
        {
            WireClient client = _daemon.Connect();
            clients.Add(client);
            client.SendRaw([2, 0, 0, 4]);
        }

        Refusal.AssertOk(_honest.Register());
        Assert.That(ProcessTable.ResidentBytes(_daemon.Daemon.Id) - before, Is.LessThan(16L << 20));
        clients.ForEach(client => client.Dispose());
    }

    private static void SendToAnyEnd(WireClient client, ReadOnlySpan<byte> bytes)
    {
        try
        {
            client.SendRaw(bytes);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            // The daemon has had enough of this client, which is what some of these frames deserve.
        }
    }

    private static void TrySendDescriptor(WireClient client, int descriptor)
    {
        try
        {
            client.SendDescriptor(descriptor);
        }
        catch (IOException)
        {
            // As above.
        }
    }

    private static bool TrySend(WireClient client, byte[] bytes, ref long sent)
    {
        try
        {
            int count = client.Socket.Send(bytes);
            sent += count;
            return count > 0;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock)
        {
            return false;
        }
    }

    /// <summary>The count once the daemon has closed what the test no longer uses.</summary>
    private int SettledDescriptorCount()
    {
        Refusal.AssertOk(_honest.Register());
        return _daemon.DescriptorCount;
    }

    private void AssertDescriptorCount(int expected)
    {
        Eventually.True(() => _daemon.DescriptorCount <= expected, $"the daemon is back at {expected} descriptors");
        Refusal.AssertOk(_honest.Register());
    }
}
