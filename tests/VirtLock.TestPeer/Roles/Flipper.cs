using VirtLock.TestPeer.Locks;

namespace VirtLock.TestPeer.Roles;

/// <summary>Lets a name lead to one file and to the other, in turns.</summary>
internal sealed class Flipper(string path, string first, string second) : Repetition
{
    private readonly string _next = path + ".next";
    private int _rounds;

    public override string ToString() => $"{_rounds}";

    protected override void DoOnce()
    {
        FileName.Link(_rounds++ % 2 == 0 ? first : second, _next);
        FileName.Rename(_next, path);
    }
}
