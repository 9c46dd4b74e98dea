using VirtLock.TestPeer.Locks;

namespace VirtLock.TestPeer.Roles;

/// <summary>Takes the name away and gives it to a new file, which no lock daemon would do.</summary>
internal sealed class Replacer(string path) : Repetition
{
    private int _rounds;

    public override string ToString() => $"{_rounds}";

    protected override void DoOnce()
    {
        FileName.Remove(path);
        using LockFile file = new(path, mayCreate: true);
        _rounds++;
    }
}
