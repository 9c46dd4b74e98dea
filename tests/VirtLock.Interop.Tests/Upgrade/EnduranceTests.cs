using System.Net.Sockets;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Upgrades one after the other under load: nobody notices any of them.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class EnduranceTests
{
    private const int BusyClients = 16;
    private const int Locks = 1000;
    private const uint FirstBusyPid = 600_000;

    // Each image starts afresh; what differs from one to the next is the heap's mood. A leak of one lock's memory per upgrade would show in
    // the soak.
    private const long MemoryAllowance = 8 << 20;

    private static readonly bool IsSoak = Environment.GetEnvironmentVariable("VIRTLOCK_SOAK") == "1";
    private static readonly int Upgrades = IsSoak ? 500 : 25;

    [Test]
    public void Upgrades_in_a_row_cost_busy_clients_nothing()
    {
        using UpgradableDaemon daemon = UpgradableDaemon.Start();
        using HeldLocks held = new(daemon, Locks);
        List<WireClient> unregistered = [.. Enumerable.Range(0, 4).Select(_ => daemon.Serving.Connect())];
        List<Socket> orphaned = [.. Enumerable.Range(0, 2).Select(_ => OrphanedConnection.Make(daemon.Serving.SocketPath))];
        List<BusyClient> busy = [.. Enumerable.Range(0, BusyClients)
            .Select(i => new BusyClient(daemon, FirstBusyPid + (uint)i, held.Expected[0].Path))];
        try
        {
            daemon.Upgrade();
            string[] descriptors = daemon.Descriptors();
            long memory = 0;
            busy.ForEach(client => client.Start());
            for (int i = 0; i < Upgrades; i++)
            {
                long[] before = [.. busy.Select(client => client.Answered)];
                daemon.Upgrade();
                held.AssertStanding();
                Eventually.True(
                    () => busy.Zip(
                        before).All(pair => pair.First.Answered > pair.Second + 6), "every busy client goes on after the upgrade");
                memory = i == 0 ? ProcessTable.ResidentBytes(daemon.Pid) : memory;
            }

            busy.ForEach(client => client.Stop());
            daemon.Upgrade();
            TestContext.Out.WriteLine(
                $"{Upgrades} upgrades; {busy.Sum(client => client.Answered)} requests answered; "
                + $"resident {memory >> 10} KiB after the first, "
                + $"{ProcessTable.ResidentBytes(daemon.Pid) >> 10} KiB after the last");

            Assert.That(daemon.Descriptors(), Is.EqualTo(descriptors));
            Assert.That(ProcessTable.ResidentBytes(daemon.Pid), Is.LessThan(memory + MemoryAllowance));
            Assert.That(daemon.Log, Does.Not.Contain("while restoring").And.Not.Contain("could not be restored"));
            foreach (WireClient client in unregistered)
            {
                Refusal.AssertOk(client.Register());
            }

            foreach (Socket socket in orphaned)
            {
                AssertAnswers(socket);
            }

            held.Release();
        }
        finally
        {
            busy.ForEach(client => client.Dispose());
            unregistered.ForEach(client => client.Dispose());
            orphaned.ForEach(socket => socket.Dispose());
        }
    }

    private static void AssertAnswers(Socket socket)
    {
        socket.ReceiveTimeout = (int)WireClient.DefaultBound.TotalMilliseconds;
        socket.Send(WireFrame.Ping.ToArray());
        byte[] reply = new byte[WireFrame.HeaderLength];
        int length = 0;
        while (length < reply.Length && socket.Receive(reply.AsSpan(length)) is > 0 and int count)
        {
            length += count;
        }

        Assert.That(length, Is.EqualTo(WireFrame.HeaderLength), "a connection whose peer is dead is still there");
    }
}
