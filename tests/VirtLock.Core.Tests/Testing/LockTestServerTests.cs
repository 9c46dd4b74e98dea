using System.Net.Sockets;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.Testing;

/// <summary>The server that users test with, as raw bytes show it.</summary>
[TestFixture]
internal sealed class LockTestServerTests
{
    [Test]
    public async Task Requests_behind_one_that_is_held_elsewhere_are_answered_after_it_in_order()
    {
        var disk = new InMemoryLockDriver();
        disk.AddFile("/busy");
        disk.AddFile("/free");
        using var elsewhere = new ProcessLocks(new VirtLockOptions(), disk);
        using ILease held = elsewhere.Default.Acquire("/busy");
        await using LockTestServer server = LockTestServer.Start(driver: disk);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.SocketPath));
        var calls = new ByteQueue();
        CallWriter.Write(calls, LockProcedure.Register, 0, new RegisterArguments(new byte[16], "web"u8, 1, 4711, 0));
        Acquire(calls, 1, "/busy"u8);
        Acquire(calls, 2, "/free"u8);
        Acquire(calls, 3, "/busy"u8);

        await socket.SendAsync(calls.Unread.ToArray());
        List<(uint Serial, string? Error)> replies = await ReadAsync(socket, 4);

        const string Busy = "resource busy: Lockspace resource '/busy' is locked: not held by any process on this host";
        Assert.That(replies, Is.EqualTo(new (uint, string?)[] { (0, null), (1, Busy), (2, null), (3, Busy) }));
        Assert.That(server.Leases.Select(lease => lease.Name), Is.EqualTo(new[] { new ResourceName("/free") }));
    }

    private static void Acquire(ByteQueue calls, uint serial, ReadOnlySpan<byte> name) =>
        CallWriter.Write(calls, LockProcedure.AcquireResource, serial, new ResourceArguments(default, name, 0));

    private static async Task<List<(uint Serial, string? Error)>> ReadAsync(Socket socket, int count)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var input = new ByteQueue();
        List<(uint, string?)> replies = [];
        while (replies.Count < count)
        {
            int received = await socket.ReceiveAsync(input.GetMemory(4096), bound.Token);
            Assert.That(received, Is.Positive);
            input.Advance(received);
            while (PacketFramer.TryRead(input.Unread, out PacketHeader header, out ReadOnlySpan<byte> body, out int length)
                == FrameStatus.Complete)
            {
                replies.Add((header.Serial, RemoteError.TryDecode(body, out RemoteError? error) ? error.Message : null));
                input.Consume(length);
            }
        }

        return replies;
    }
}
