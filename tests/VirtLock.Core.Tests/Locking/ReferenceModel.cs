using VirtLock.Locking;

namespace VirtLock.Core.Tests.Locking;

/// <summary>
/// The rules of locking, written down as naively as can be: lists that are searched from end to end. What it answers is text, compared with
/// what the real model answers.
/// </summary>
internal sealed class ReferenceModel
{
    private const int NoEntry = 2;
    private const int IsADirectory = 21;

    private readonly Dictionary<string, int> _files = [];
    private readonly List<string> _directories = [];
    private readonly List<(string Path, int File, LockMode Mode)> _elsewhere = [];
    private int _lastFile;
    private int _lastLease;

    public List<ReferenceHold> Holds { get; } = [];

    public void MakeDirectory(string path) => _directories.Add(path);

    public void WriteFile(string path) => _files.TryAdd(path, ++_lastFile);

    public void Link(string existing, string path) => _files.Add(path, _files[existing]);

    public bool Exists(string path) => _files.ContainsKey(path);

    public string Acquire(string space, string name, uint owner, LockMode mode, bool autocreate)
    {
        if (Find(space, name) is { } held)
        {
            if (mode == LockMode.Exclusive || held.Mode == LockMode.Exclusive)
            {
                return "busy here";
            }

            held.Leases.Add((owner, ++_lastLease));
            return "granted";
        }

        if (Resolve(space, name) is not { } path)
        {
            return "name refused";
        }

        if (ErrorOf(path) is { } errno && !(errno == NoEntry && autocreate && HasParent(path)))
        {
            return $"failed {errno}";
        }

        WriteFile(path);
        int file = _files[path];
        if (Holds.Exists(hold => hold.File == file && (mode == LockMode.Exclusive || hold.Mode == LockMode.Exclusive)))
        {
            return "busy here";
        }

        if (_elsewhere.Exists(other => other.File == file && (mode == LockMode.Exclusive || other.Mode == LockMode.Exclusive)))
        {
            return Holds.Exists(hold => hold.File == file) ? "busy here" : "busy elsewhere";
        }

        var added = new ReferenceHold(space, name, path, file, mode, autocreate);
        added.Leases.Add((owner, ++_lastLease));
        Holds.Add(added);
        return "granted";
    }

    public string Release(string space, string name, uint owner)
    {
        if (Find(space, name) is not { } hold)
        {
            return "not held";
        }

        int oldest = hold.Leases.FindIndex(lease => lease.Owner == owner);
        if (oldest < 0)
        {
            return "not owner";
        }

        Drop(hold, oldest);
        return "released";
    }

    /// <summary>The newest lease first.</summary>
    public int ReleaseAll(uint owner)
    {
        var leases = Holds.SelectMany(hold => hold.Leases, (hold, lease) => (hold, lease)).Where(pair => pair.lease.Owner == owner)
            .OrderByDescending(pair => pair.lease.Number).ToList();
        foreach ((ReferenceHold hold, (uint Owner, int Number) lease) in leases)
        {
            Drop(hold, hold.Leases.IndexOf(lease));
        }

        return leases.Count;
    }

    public string CreateResource(string space, string name)
    {
        if (Find(space, name) is not null)
        {
            return "busy here";
        }

        if (Resolve(space, name) is not { } path)
        {
            return "name refused";
        }

        if (ErrorOf(path) is { } errno && !(errno == NoEntry && HasParent(path)))
        {
            return $"failed {errno}";
        }

        WriteFile(path);
        return "granted";
    }

    public string DeleteResource(string space, string name)
    {
        if (Find(space, name) is not null)
        {
            return "busy here";
        }

        if (Resolve(space, name) is not { } path)
        {
            return "name refused";
        }

        if (ErrorOf(path) is IsADirectory)
        {
            return $"failed {IsADirectory}";
        }

        if (_files.TryGetValue(path, out int file) && Holds.Exists(hold => hold.File == file))
        {
            return "busy here";
        }

        _files.Remove(path);
        return "granted";
    }

    public bool IsLockedElsewhere(string path) => _elsewhere.Exists(other => other.Path == path);

    public bool TryLockElsewhere(string path, LockMode mode)
    {
        int file = _files[path];
        if (Holds.Exists(hold => hold.File == file && (mode == LockMode.Exclusive || hold.Mode == LockMode.Exclusive)))
        {
            return false;
        }

        _elsewhere.Add((path, file, mode));
        return true;
    }

    public void ReleaseElsewhere(string path) => _elsewhere.RemoveAll(other => other.Path == path);

    private ReferenceHold? Find(string space, string name) => Holds.Find(hold => hold.Space == space && hold.Name == name);

    private void Drop(ReferenceHold hold, int lease)
    {
        hold.Leases.RemoveAt(lease);
        if (hold.Leases.Count > 0)
        {
            return;
        }

        Holds.Remove(hold);
        bool isShared = Holds.Exists(other => other.File == hold.File) || _elsewhere.Exists(other => other.File == hold.File);
        if (hold.IsAutocreated && !isShared)
        {
            _files.Remove(hold.Path);
        }
    }

    private int? ErrorOf(string path) => _directories.Contains(path) ? IsADirectory : _files.ContainsKey(path) ? null : NoEntry;

    private bool HasParent(string path) => _directories.Contains(path[..path.LastIndexOf('/')]);

    /// <summary>The file behind a name; null for one that a directory space refuses.</summary>
    private static string? Resolve(string space, string name)
    {
        string[] components = name.Split('/');
        if (space.Length > 0 && (name.StartsWith('/') || components.Contains("..")))
        {
            return null;
        }

        var path = space.Split('/').ToList();
        foreach (string component in components)
        {
            if (component == "..")
            {
                path.RemoveAt(path.Count - 1);
            }
            else if (component.Length > 0 && component != ".")
            {
                path.Add(component);
            }
        }

        return string.Join('/', path);
    }
}
