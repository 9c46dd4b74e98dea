using VirtLock.Drivers;
using VirtLock.Locking;

namespace VirtLock.TestKit.Disks;

/// <summary>
/// Locks files of a <see cref="MemoryDisk"/>. Complains when the model gives back what it has not, or twice: what
/// <see cref="InMemoryLockDriver"/>, made for users' tests, forgives.
/// </summary>
internal sealed class MemoryLockDriver(MemoryDisk disk) : ILockDriver
{
    private const int NoEntry = 2;
    private const int NotDirectory = 20;
    private const int IsADirectory = 21;

    private readonly Dictionary<int, object> _held = [];
    private int _lastDescriptor;

    internal int HeldCount => _held.Count;

    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
    {
        string resolved = MemoryDisk.Resolve(path);
        if (Check(path, autocreate) is { } errno)
        {
            return LockAttempt.Failed(Failure(errno, autocreate ? "open/create resource" : "open resource", path));
        }

        ulong inode = autocreate ? disk.Create(resolved) : disk.InodeOf(resolved);
        var identity = new FileIdentity(1, inode);
        var holder = new object();
        if (!disk.TryLock(inode, holder, mode))
        {
            return LockAttempt.Busy(identity);
        }

        _held.Add(++_lastDescriptor, holder);
        return LockAttempt.Granted(new HeldFile(_lastDescriptor, identity, LockKind.OpenFileDescription));
    }

    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate)
    {
        if (!_held.Remove(file.Descriptor, out object? holder))
        {
            throw new InvalidOperationException($"Descriptor {file.Descriptor} is not held.");
        }

        string resolved = MemoryDisk.Resolve(path);
        if (autocreate && (mode == LockMode.Exclusive || disk.IsSoleHolder(file.Identity.Inode)) && IsNamed(file, path))
        {
            disk.Remove(resolved);
        }

        disk.Unlock(file.Identity.Inode, holder);
        return null;
    }

    public bool IsNamed(in HeldFile file, FilePath path) => Identify(path) == file.Identity;

    public FileIdentity? Identify(FilePath path)
    {
        string resolved = MemoryDisk.Resolve(path);
        return disk.IsFile(resolved) ? new FileIdentity(1, disk.InodeOf(resolved)) : null;
    }

    public SystemError? CreateFile(FilePath path)
    {
        if (Check(path, mayBeMissing: true) is { } errno)
        {
            return Failure(errno, "open/create resource", path);
        }

        disk.Create(MemoryDisk.Resolve(path));
        return null;
    }

    public SystemError? DeleteFile(FilePath path)
    {
        int? errno = Check(path, mayBeMissing: true);
        if (errno is not null and not NoEntry)
        {
            return Failure(errno.Value, "delete resource", path);
        }

        disk.Remove(MemoryDisk.Resolve(path));
        return null;
    }

    public DirectoryAttempt EnsureDirectory(FilePath path)
    {
        if (path.Bytes.IsEmpty)
        {
            return new DirectoryAttempt(false, Failure(NoEntry, "create lockspace", path));
        }

        string resolved = MemoryDisk.Resolve(path);
        if (disk.IsFile(resolved))
        {
            return new DirectoryAttempt(false, null);
        }

        for (string parent = resolved; parent != "/"; parent = ParentOf(parent))
        {
            if (disk.IsSealed(parent))
            {
                return new DirectoryAttempt(false, Failure(NoEntry, "create lockspace", path));
            }

            if (disk.IsFile(parent))
            {
                return new DirectoryAttempt(false, Failure(NotDirectory, "create lockspace", path));
            }

            disk.AddDirectory(parent);
        }

        return new DirectoryAttempt(true, null);
    }

    private static string ParentOf(string path) => Path.GetDirectoryName(path)!;

    private static SystemError Failure(int errno, string action, FilePath path)
    {
        string words = errno switch
        {
            NoEntry => "No such file or directory",
            NotDirectory => "Not a directory",
            _ => "Is a directory",
        };
        return new SystemError(errno, $"Unable to {action} {path}: {words}");
    }

    /// <summary>Why the path can't be opened as a file, if it can't.</summary>
    private int? Check(FilePath path, bool mayBeMissing)
    {
        string resolved = MemoryDisk.Resolve(path);
        string parent = ParentOf(resolved) ?? "/";
        if (disk.IsDirectory(resolved))
        {
            return IsADirectory;
        }

        if (disk.IsFile(parent))
        {
            return NotDirectory;
        }

        return !disk.IsDirectory(parent) || (!mayBeMissing && !disk.IsFile(resolved)) ? NoEntry : null;
    }
}
