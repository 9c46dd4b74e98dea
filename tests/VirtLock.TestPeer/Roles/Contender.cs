using VirtLock.TestPeer.Locks;

namespace VirtLock.TestPeer.Roles;

/// <summary>Tries to take a file's lock every millisecond, and counts how often it could: what a second host would have been granted.</summary>
internal sealed class Contender
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    private readonly string _path;
    private long _attempts;
    private long _successes;

    public Contender(string path)
    {
        _path = path;
        new Thread(Contend) { IsBackground = true }.Start();
    }

    public override string ToString() => $"{Interlocked.Read(ref _attempts)} {Interlocked.Read(ref _successes)}";

    private void Contend()
    {
        while (true)
        {
            using (LockFile file = new(_path))
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
}
