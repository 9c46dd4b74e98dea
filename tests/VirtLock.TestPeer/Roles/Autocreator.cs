using VirtLock.TestPeer.Locks;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// Acquires and releases a file that it makes and removes, as a lock daemon does. A directory beside the file shows whether anybody else
/// holds it too.
/// </summary>
internal sealed class Autocreator(string path) : Repetition
{
    private readonly string _holder = path + ".holder";
    private int _grants;
    private int _overlaps;

    public override string ToString() => $"{_grants} {_overlaps}";

    protected override void DoOnce()
    {
        using LockFile file = new(path, mayCreate: true);
        if (!file.TryLock(LockKind.OpenFile, shared: false) || !file.IsNamed(path))
        {
            return;
        }

        _grants++;
        if (!FileName.MakeDirectory(_holder))
        {
            _overlaps++;
        }

        FileName.RemoveDirectory(_holder);
        FileName.Remove(path);
    }
}
