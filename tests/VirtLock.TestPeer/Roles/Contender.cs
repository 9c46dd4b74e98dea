using VirtLock.TestPeer.Locks;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// Tries to take a file's lock every millisecond, and counts how often it could: what a second host would have been granted.
/// </summary>
internal sealed class Contender(string path) : Repetition
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    private long _attempts;
    private long _successes;

    public override string ToString() => $"{Interlocked.Read(ref _attempts)} {Interlocked.Read(ref _successes)}";

    protected override void DoOnce()
    {
        using (LockFile file = new(path))
        {
            if (file.TryLock(LockKind.OpenFile, shared: false))
            {
                Interlocked.Increment(ref _successes);
            }

            Interlocked.Increment(ref _attempts);
        }

        Thread.Sleep(Interval);
    }
}
