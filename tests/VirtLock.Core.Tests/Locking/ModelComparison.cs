using System.Text;
using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Locking;

/// <summary>
/// Does everything twice, to <see cref="LockTable"/> and to the <see cref="ReferenceModel"/>, and compares what they say and what they
/// hold.
/// </summary>
internal sealed class ModelComparison
{
    private const string Contended = "one/link";

    private static readonly string[] SpaceNames = ["", "one", "two"];

    private static readonly string[] DefaultNames =
        ["one/a", "one//a", "two/a", "two/link", "one/../two/a", "missing/x", "one/sub"];

    private static readonly string[] DirectoryNames =
        ["a", "./a", "link", "b", "sub", "missing/x", "../two/a", "sub/../a", "/a", "a..", ".", ""];

    private static readonly uint[] Owners = [0, 7, 4_000_000_000];

    private readonly ITestDisk _disk;
    private readonly LockTable _real;
    private readonly ReferenceModel _reference = new();
    private readonly List<LockEvent> _events = [];
    private readonly StringBuilder _log = new();
    private readonly string _root;

    public ModelComparison(ITestDisk disk)
    {
        _disk = disk;
        _root = disk.PathOf(string.Empty).ToString().TrimEnd('/');
        _real = new LockTable(disk.Driver, TimeProvider.System);
        _real.Happened += _events.Add;
        _reference.MakeDirectory(_root);
        foreach (string directory in new[] { "one", "two", "one/sub" })
        {
            disk.MakeDirectory(directory);
            _reference.MakeDirectory(PathOf(directory));
        }

        foreach (string space in new[] { "one", "two" })
        {
            Assert.That(_real.Create(disk.PathOf(space)).IsDirectory, Is.True);
        }

        disk.WriteFile("one/a");
        disk.WriteFile(Contended);
        disk.Link(Contended, "two/link");
        _reference.WriteFile(PathOf("one/a"));
        _reference.WriteFile(PathOf(Contended));
        _reference.Link(PathOf(Contended), PathOf("two/link"));
    }

    /// <summary>What was done so far, for whoever reads a failure.</summary>
    public string Log => _log.ToString();

    private List<(ReferenceHold Hold, uint Owner)> Leases =>
        [.. _reference.Holds.SelectMany(hold => hold.Leases, (hold, lease) => (hold, lease.Owner))];

    public void Do(ModelStep step)
    {
        string space = SpaceNames[step.Space % SpaceNames.Length];
        string[] names = space.Length == 0 ? DefaultNames : DirectoryNames;
        string name = names[step.Name % names.Length];
        uint owner = Owners[step.Owner % Owners.Length];
        LockMode mode = step.IsShared ? LockMode.Shared : LockMode.Exclusive;
        _events.Clear();

        switch (step.Kind % 10)
        {
            case <= 3:
                _log.AppendLine(null, $"{owner} acquires '{name}' in '{space}' {mode}{(step.IsAutocreated ? ", autocreated" : "")}");
                Acquire(space, name, owner, mode, step.IsAutocreated);
                break;
            case <= 5 when Leases is { Count: > 0 } leases:
                (ReferenceHold hold, owner) = leases[(step.Name + (step.Space << 8)) % leases.Count];
                _log.AppendLine(null, $"{owner} releases its '{hold.Name}' in '{hold.Space}'");
                Release(hold.Space, hold.Name, owner);
                break;
            case <= 6:
                _log.AppendLine(null, $"{owner} releases '{name}' in '{space}'");
                Release(space.Length == 0 ? "" : PathOf(space), NameIn(space, name), owner);
                break;
            case 7:
                _log.AppendLine(null, $"'{name}' in '{space}' is {(step.IsShared ? "created" : "deleted")}");
                CreateOrDelete(space, name, step.IsShared);
                break;
            case 8:
                _log.AppendLine(null, $"{owner} releases everything");
                ReleaseAll(owner);
                break;
            default:
                _log.AppendLine(null, $"another process locks or releases {Contended}, {mode}");
                LockElsewhere(mode);
                break;
        }

        CompareHolds();
    }

    /// <summary>Lets every owner and the other process go: nothing may be left.</summary>
    public void Finish()
    {
        if (_reference.IsLockedElsewhere(PathOf(Contended)))
        {
            LockElsewhere(LockMode.Shared);
        }

        foreach (uint owner in Owners)
        {
            ReleaseAll(owner);
        }

        CompareHolds();
        Assert.That(_real.LeaseCount, Is.Zero);
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    private void Acquire(string space, string name, uint owner, LockMode mode, bool autocreate)
    {
        LockOutcome outcome = SpaceOf(space).Acquire(BytesOf(space, name), Owner.OfPid(new ProcessId(owner)), mode, autocreate);
        string expected = _reference.Acquire(space.Length == 0 ? "" : PathOf(space), NameIn(space, name), owner, mode, autocreate);
        Assert.That(Describe(outcome), Is.EqualTo(expected));
        Assert.That(outcome.Lease?.Owner.Pid.Value, Is.EqualTo(expected == "granted" ? owner : null));
        Assert.That(_events.Select(raised => raised.Kind), Is.EqualTo(expected switch
        {
            "granted" => new[] { LockEventKind.Granted },
            "busy here" or "busy elsewhere" => [LockEventKind.Refused],
            _ => [],
        }));
    }

    /// <summary>By the directory of a space and the name in it, as clients call them.</summary>
    private void Release(string directory, string name, uint owner)
    {
        LockSpace space = _real.Find(Encoding.UTF8.GetBytes(directory))!;
        string status = space.Release(Encoding.UTF8.GetBytes(name), new ProcessId(owner)) switch
        {
            ReleaseStatus.NotHeld => "not held",
            ReleaseStatus.NotOwner => "not owner",
            _ => "released",
        };
        string expected = _reference.Release(directory, name, owner);
        Assert.That(status, Is.EqualTo(expected));
        Assert.That(_events.Count(raised => raised.Kind == LockEventKind.Released), Is.EqualTo(expected == "released" ? 1 : 0));
    }

    private void ReleaseAll(uint owner)
    {
        _events.Clear();
        int released = _real.ReleaseAll(new ProcessId(owner));
        Assert.That(released, Is.EqualTo(_reference.ReleaseAll(owner)));
        Assert.That(_events, Has.Count.EqualTo(released));
    }

    private void CreateOrDelete(string space, string name, bool create)
    {
        LockSpace real = SpaceOf(space);
        string path = space.Length == 0 ? "" : PathOf(space);
        LockOutcome outcome = create ? real.CreateResource(BytesOf(space, name)) : real.DeleteResource(BytesOf(space, name));
        string expected = create
            ? _reference.CreateResource(path, NameIn(space, name))
            : _reference.DeleteResource(path, NameIn(space, name));
        Assert.That(Describe(outcome), Is.EqualTo(expected));
    }

    private void LockElsewhere(LockMode mode)
    {
        string path = PathOf(Contended);
        if (_reference.IsLockedElsewhere(path))
        {
            _reference.ReleaseElsewhere(path);
            _disk.ReleaseElsewhere(Contended);
        }
        else if (_reference.Exists(path))
        {
            Assert.That(_disk.TryLockElsewhere(Contended, mode), Is.EqualTo(_reference.TryLockElsewhere(path, mode)));
        }
    }

    private void CompareHolds()
    {
        Assert.That(_real.LeaseCount, Is.EqualTo(_reference.Holds.Sum(hold => hold.Leases.Count)));
        foreach (uint owner in Owners)
        {
            bool expected = _reference.Holds.Exists(hold => hold.Leases.Exists(lease => lease.Owner == owner));
            Assert.That(_real.HasLeases(new ProcessId(owner)), Is.EqualTo(expected), $"owner {owner} has leases");
        }

        foreach (string space in SpaceNames)
        {
            string path = space.Length == 0 ? "" : PathOf(space);
            var real = SpaceOf(space).Resources.Select(DescribeResource);
            var expected = _reference.Holds.Where(hold => hold.Space == path).Select(DescribeHold);
            Assert.That(real, Is.EquivalentTo(expected), $"held in '{space}'");
        }

        CompareIdentities();
        foreach (string name in new[] { "one/a", Contended, "two/a", "two/link", "one/b", "two/b", "one/a.." })
        {
            Assert.That(_disk.Exists(name), Is.EqualTo(_reference.Exists(PathOf(name))), $"{name} exists");
        }
    }

    private void CompareIdentities()
    {
        foreach (IGrouping<int, ReferenceHold> file in _reference.Holds.GroupBy(hold => hold.File))
        {
            List<Resource> resources = [.. file.Select(RealOf)];
            var aliases = new List<Resource>();
            for (Resource? alias = _real.FindByIdentity(resources[0].File.Identity); alias is not null; alias = alias.NextAlias)
            {
                aliases.Add(alias);
            }

            Assert.That(aliases, Is.EquivalentTo(resources), "resources of one file");
        }
    }

    private Resource RealOf(ReferenceHold hold)
    {
        LockSpace space = _real.Find(Encoding.UTF8.GetBytes(hold.Space))!;
        return space.Find(Encoding.UTF8.GetBytes(hold.Name))!;
    }

    private static string Describe(in LockOutcome outcome) => outcome switch
    {
        { IsGranted: true } => "granted",
        { IsNameRefused: true } => "name refused",
        { Error: { } error } => $"failed {error.Number}",
        _ => outcome.Holder is null ? "busy elsewhere" : "busy here",
    };

    private static string DescribeResource(Resource resource) =>
        $"{resource.Name} {resource.Mode} {resource.IsAutocreated}: {string.Join(',', resource.Leases.Select(lease => lease.Owner.Pid))}";

    private static string DescribeHold(ReferenceHold hold) =>
        $"{hold.Name} {hold.Mode} {hold.IsAutocreated}: {string.Join(',', hold.Leases.Select(lease => lease.Owner))}";

    private string PathOf(string name) => $"{_root}/{name}";

    private LockSpace SpaceOf(string space) => space.Length == 0 ? _real.Default : _real.Find(_disk.PathOf(space).Bytes)!;

    private string NameIn(string space, string name) => space.Length == 0 ? PathOf(name) : name;

    private byte[] BytesOf(string space, string name) => Encoding.UTF8.GetBytes(NameIn(space, name));
}
