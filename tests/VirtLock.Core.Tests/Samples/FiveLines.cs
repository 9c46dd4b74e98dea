using VirtLock.Locking;


namespace VirtLock.Core.Tests.Samples;

internal static class FiveLines
{
    public static string Run(string image)
    {
        // <five-lines>
        using var locks = new ProcessLocks();
        using ILease? lease = locks.Default.TryAcquire(image);
        return lease is null
            ? $"{image} is held by {locks.Default.FindHolder(image) ?? LockHolder.Unknown}"
            : $"{image} is ours until we dispose the lease";
        // </five-lines>
    }
}
