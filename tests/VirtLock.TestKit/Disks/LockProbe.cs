using VirtLock.TestPeer.Locks;

namespace VirtLock.TestKit.Disks;

/// <summary>
/// Asks the kernel who holds the byte that lock daemons lock. It looks through an open file description of its own, so it neither
/// disturbs the test run's locks nor is blind to them.
/// </summary>
internal static class LockProbe
{
    public static LockState Of(string path)
    {
        using LockFile file = new(path);
        return file.Probe();
    }

    /// <summary>Whether anything stands on the bytes that QEMU uses for its own image locks.</summary>
    public static LockState OfImageLockBytes(string path)
    {
        using LockFile file = new(path);
        return file.Probe(start: 1, length: 0);
    }
}
