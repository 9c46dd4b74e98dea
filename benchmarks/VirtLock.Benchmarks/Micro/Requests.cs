using VirtLock.Protocol;

namespace VirtLock.Benchmarks.Micro;

/// <summary>The requests of a guest, as bytes.</summary>
internal static class Requests
{
    internal const uint OwnerPid = 4711;

    internal static ReadOnlySpan<byte> ImageName => "/var/lib/libvirt/images/guest-000017.qcow2"u8;

    internal static byte[] Register() => Bytes(queue => CallWriter.Write(
        queue, LockProcedure.Register, serial: 1, new RegisterArguments(new byte[16], "guest"u8, domainId: 1, OwnerPid, flags: 0)));

    internal static byte[] Acquire() => On(LockProcedure.AcquireResource);

    internal static byte[] Release() => On(LockProcedure.ReleaseResource);

    private static byte[] On(LockProcedure procedure) =>
        Bytes(queue => CallWriter.Write(queue, procedure, serial: 2, new ResourceArguments(default, ImageName, flags: 0)));

    private static byte[] Bytes(Action<ByteQueue> write)
    {
        var queue = new ByteQueue();
        write(queue);
        return queue.Unread.ToArray();
    }
}
