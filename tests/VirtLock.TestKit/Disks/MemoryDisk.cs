using VirtLock.Locking;

namespace VirtLock.TestKit.Disks;

/// <summary>Files that are nothing but names and locks: enough of a file system for the model, without a kernel.</summary>
internal sealed class MemoryDisk : ITestDisk
{
    private readonly Dictionary<string, ulong> _files = [];
    private readonly HashSet<string> _directories = ["/"];
    private readonly Dictionary<ulong, List<(object Holder, LockMode Mode)>> _locks = [];
    private readonly Dictionary<string, ulong> _elsewhere = [];
    private readonly MemoryLockDriver _driver;
    private readonly HashSet<string> _sealed = [];
    private ulong _lastInode;

    public MemoryDisk() => _driver = new MemoryLockDriver(this);

    public ILockDriver Driver => _driver;

    public int OpenFiles => _driver.HeldCount;

    public FilePath PathOf(string name) => new($"/{name}");

    public void WriteFile(string name) => Create(Resolve(PathOf(name)));

    public void MakeDirectory(string name) => _directories.Add(Resolve(PathOf(name)));

    /// <summary>Makes a directory that takes no others, like <c>/proc</c>.</summary>
    public void MakeSealedDirectory(string name)
    {
        MakeDirectory(name);
        _sealed.Add(Resolve(PathOf(name)));
    }

    public void Link(string existing, string name) => _files.Add(Resolve(PathOf(name)), _files[Resolve(PathOf(existing))]);

    public void Delete(string name) => _files.Remove(Resolve(PathOf(name)));

    public bool Exists(string name) => _files.ContainsKey(Resolve(PathOf(name))) || _directories.Contains(Resolve(PathOf(name)));

    public bool TryLockElsewhere(string name, LockMode mode)
    {
        ulong inode = _files[Resolve(PathOf(name))];
        if (!TryLock(inode, this, mode))
        {
            return false;
        }

        _elsewhere.Add(name, inode);
        return true;
    }

    public void ReleaseElsewhere(string name)
    {
        _elsewhere.Remove(name, out ulong inode);
        Unlock(inode, this);
    }

    public LockMode? Probe(string name) =>
        _locks.TryGetValue(_files[Resolve(PathOf(name))], out List<(object Holder, LockMode Mode)>? locks) && locks.Count > 0
            ? locks[0].Mode
            : null;

    public void Dispose()
    {
        // Nothing outlives it.
    }

    /// <summary>The path without detours: empty components, <c>.</c> and <c>..</c>.</summary>
    internal static string Resolve(FilePath path)
    {
        var components = new List<string>();
        foreach (string component in path.ToString().Split('/'))
        {
            if (component == "..")
            {
                components.RemoveAt(components.Count - 1);
            }
            else if (component.Length > 0 && component != ".")
            {
                components.Add(component);
            }
        }

        return $"/{string.Join('/', components)}";
    }

    internal bool IsDirectory(string path) => _directories.Contains(path);

    internal bool IsSealed(string path) => _sealed.Contains(path);

    internal bool IsFile(string path) => _files.ContainsKey(path);

    internal void AddDirectory(string path) => _directories.Add(path);

    internal void Remove(string path) => _files.Remove(path);

    internal ulong InodeOf(string path) => _files[path];

    internal ulong Create(string path)
    {
        _files.TryAdd(path, ++_lastInode);
        return _files[path];
    }

    internal bool TryLock(ulong inode, object holder, LockMode mode)
    {
        if (!_locks.TryGetValue(inode, out List<(object Holder, LockMode Mode)>? locks))
        {
            _locks.Add(inode, locks = []);
        }

        bool isFree = locks.All(held => mode == LockMode.Shared && held.Mode == LockMode.Shared);
        if (isFree)
        {
            locks.Add((holder, mode));
        }

        return isFree;
    }

    internal void Unlock(ulong inode, object holder) => _locks[inode].RemoveAll(held => held.Holder == holder);

    internal bool IsSoleHolder(ulong inode) => _locks[inode].Count == 1;
}
