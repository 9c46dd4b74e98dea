using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>What a request costs the collector: the resource that is kept while it is held, and nothing else.</summary>
internal sealed class SessionAllocationTests
{
    private const int Rounds = 1000;
    private static readonly Owner Nobody = Owner.OfPid(default);
    private static readonly byte[] Name = [.. "/var/lib/libvirt/images/a-guest-with-a-usual-name.qcow2"u8];

    [Test]
    public void Acquire_and_release_allocate_only_the_resource_that_is_kept()
    {
        var table = new LockTable(new WillingDriver(), TimeProvider.System);
        var session = new LockSession(table) { Owner = Owner.OfPid(new ProcessId(424242)) };
        byte[] acquire = Request(LockProcedure.AcquireResource);
        byte[] release = Request(LockProcedure.ReleaseResource);
        var output = new ByteQueue();
        void Round()
        {
            Handle(session, acquire, output);
            Handle(session, release, output);
            output.Clear();
        }

        long perRound = AllocatedBy(Round);

        Assert.That(perRound, Is.EqualTo(AllocatedBy(() => Keep(table))));
    }

    private static long AllocatedBy(Action round)
    {
        // Once for buffers and dictionaries to grow, and for the runtime to be done with the code.
        for (int i = 0; i < Rounds; i++)
        {
            round();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            round();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }

    /// <summary>The name, the resource and the lease.</summary>
    private static void Keep(LockTable table)
    {
        var name = new ResourceName(Name);
        var resource = new Resource(table.Default, name, name.AsPath(), LockMode.Exclusive, false, default);
        resource.Append(new Lease(resource, Nobody, default));
    }

    private static void Handle(LockSession session, byte[] frame, ByteQueue output)
    {
        PacketFramer.TryRead(frame, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
        if (session.Handle(header, body, output) is not null || output.Unread[27] != (byte)MessageStatus.Ok)
        {
            throw new InvalidOperationException("The request was not granted.");
        }
    }

    private static byte[] Request(LockProcedure procedure)
    {
        var output = new ByteQueue();
        CallWriter.Write(output, procedure, serial: 1, new ResourceArguments([], Name, 0));
        return output.Unread.ToArray();
    }

    /// <summary>Grants everything at no cost.</summary>
    private sealed class WillingDriver : ILockDriver
    {
        public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate) => LockAttempt.Granted(default);

        public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate) => null;

        public SystemError? CreateFile(FilePath path) => null;

        public SystemError? DeleteFile(FilePath path) => null;

        public DirectoryAttempt EnsureDirectory(FilePath path) => new(true, null);
    }
}
