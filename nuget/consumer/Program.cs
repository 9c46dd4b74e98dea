// A program that knows VirtLock.Core only from its package: it exits with 0 if everything it tries works, also trimmed and as a native
// executable.
using Microsoft.Extensions.DependencyInjection;
using VirtLock;
using VirtLock.Client;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Testing;

string image = Path.GetTempFileName();
try
{
    await using ServiceProvider services = new ServiceCollection()
    .AddVirtLock(options => options.OwnerName = "consumer")
    .BuildServiceProvider();
    ProcessLocks locks = services.GetRequiredService<ProcessLocks>();
    using (ILease lease = locks.Default.Acquire(image))
    {
        _ = File.ReadAllBytes(image);
        locks.Verify();
        Expect(!lease.LostToken.IsCancellationRequested, "the lock stands after the image was opened and closed");
        using var others = new ProcessLocks();
        try
        {
            others.Default.Acquire(image);
            Expect(false, "a second holder is refused");
        }
        catch (ResourceBusyException busy)
        {
            bool isOurs = busy.Holder.Pid == new ProcessId((uint)Environment.ProcessId);
    Expect(busy.Code == ErrorCode.ResourceBusy && isOurs, $"the holder is known: {busy.Message}");
        }
    }

    using (ILease? again = await locks.Default.TryAcquireAsync(image))
    {
        Expect(again is not null, "the image is free again");
    }

    var disk = new InMemoryLockDriver();
    disk.AddFile("/images/web.qcow2");
    await using LockTestServer server = LockTestServer.Start(driver: disk);
    await using var client = new LockClient(new LockClientOptions { SocketPath = server.SocketPath, Owner = LockOwner.Process(77, "web") });
    await using (await client.AcquireAsync("/images/web.qcow2"))
    {
        await using var rival = new LockClient(
    new LockClientOptions { SocketPath = server.SocketPath, Owner = LockOwner.Process(78, "db") });
        try
        {
            await rival.AcquireAsync("/images/web.qcow2");
            Expect(false, "a second owner is refused");
        }
        catch (ResourceBusyException busy)
        {
            Expect(busy.Holder is { Name: "web", Since: not null }, $"the daemon's holder is known: {busy.Message}");
        }
    }

    Expect(server.Leases.Count == 0, "every lease was given up");
    byte[] success = [0, 0, 0, 28, 0x0E, 0xA7, 0xBE, 0xEF, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0];
    FrameStatus status = PacketFramer.TryRead(success, out PacketHeader header, out _, out int length);
    Expect(
        status == FrameStatus.Complete && length == success.Length && header is { Program: ProtocolConstants.LockProgram,
            Serial: 9, Type: MessageType.Reply },
        "traffic can be read");
    Console.WriteLine("the packed VirtLock.Core works");
    return 0;
}
catch (InvalidOperationException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
finally
{
    File.Delete(image);
}

static void Expect(bool isSo, string what)
{
    if (!isSo)
    {
        throw new InvalidOperationException($"It is not so that {what}.");
    }
}
