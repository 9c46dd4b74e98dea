using System.Globalization;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Disks;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>
/// Leases of every sort, taken once and then left alone: whatever happens to the daemon, the kernel must show their locks.
/// </summary>
internal sealed class HeldLocks : IDisposable
{
    private const uint Shared = 1;
    private const uint Autocreate = 2;
    private const uint FirstPid = 500_000;

    private readonly List<ExpectedLock> _expected = [];
    private readonly List<WireClient> _owners = [];
    private readonly string _space;

    /// <summary>
    /// Takes locks, a quarter of them of each sort: exclusive, shared by two owners, autocreated, autocreated and shared.
    /// </summary>
    public HeldLocks(UpgradableDaemon daemon, int count)
    {
        _space = daemon.Serving.Sandbox.NewDirectory("space");
        string files = daemon.Serving.Sandbox.NewDirectory("files");
        for (uint i = 0; i < 4; i++)
        {
            _owners.Add(daemon.ConnectAs(FirstPid + i, $"owner{i}"));
        }

        Refusal.AssertOk(_owners[0].CreateLockSpace(_space));
        for (int i = 0; i < count; i++)
        {
            Take(i, files);
        }
    }

    public IReadOnlyList<ExpectedLock> Expected => _expected;

    /// <summary>Asks the kernel for each lock.</summary>
    public void AssertStanding()
    {
        foreach (ExpectedLock expected in _expected)
        {
            Assert.That(LockProbe.Of(expected.Path), Is.EqualTo(expected.State), expected.Path);
        }
    }

    /// <summary>Lets go of everything: the leases must still be known by their owners and names.</summary>
    public void Release()
    {
        for (int i = 0; i < _expected.Count; i++)
        {
            (WireClient owner, WireClient other) = OwnersOf(i);
            (string space, string name) = NameOf(i);
            Refusal.AssertOk(owner.Release(space, name));
            if (IsShared(i))
            {
                Refusal.AssertOk(other.Release(space, name));
            }
        }

        foreach (ExpectedLock expected in _expected)
        {
            Assert.That(
                File.Exists(expected.Path) ? LockProbe.Of(expected.Path) : LockState.Free, Is.EqualTo(LockState.Free), expected.Path);
        }

        Assert.That(Directory.EnumerateFiles(_space), Is.Empty, "autocreated files go with their lease");
    }

    public void Dispose() => _owners.ForEach(owner => owner.Dispose());

    private static bool IsShared(int i) => i % 2 == 1;

    private static bool IsAutocreated(int i) => i % 4 >= 2;

    private void Take(int i, string files)
    {
        string path = Path.Combine(IsAutocreated(i) ? _space : files, i.ToString(CultureInfo.InvariantCulture));
        if (!IsAutocreated(i))
        {
            File.WriteAllText(path, "");
        }

        _expected.Add(new ExpectedLock(path, IsShared(i) ? LockState.Shared : LockState.Exclusive));
        uint flags = (IsShared(i) ? Shared : 0) | (IsAutocreated(i) ? Autocreate : 0);
        (WireClient owner, WireClient other) = OwnersOf(i);
        (string space, string name) = NameOf(i);
        Refusal.AssertOk(owner.Acquire(space, name, flags));
        if (IsShared(i))
        {
            Refusal.AssertOk(other.Acquire(space, name, flags));
        }
    }

    private (WireClient Owner, WireClient Other) OwnersOf(int i) => (_owners[i / 4 % 4], _owners[(i / 4 + 1) % 4]);

    private (string Space, string Name) NameOf(int i) =>
        IsAutocreated(i) ? (_space, Path.GetFileName(_expected[i].Path)) : ("", _expected[i].Path);
}
