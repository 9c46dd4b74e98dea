using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// A disk in memory with locks on its files, for tests: nothing touches the machine. It answers as the kernel does, errno numbers included,
/// but knows no symbolic links and no permissions. Several <see cref="ProcessLocks"/> over one driver are like several processes on one
/// disk. Unlike other drivers, all its members are safe on any thread. Those that take
/// text encode it as UTF-8 and throw <see cref="ArgumentException"/> for null or NUL.
/// </summary>
public sealed class InMemoryLockDriver : ILockDriver, ILockInspector
{
    private readonly Lock _gate = new();
    private readonly InMemoryDisk _disk = new();

    /// <summary>Adds an empty file, and its directories. An existing one is left as it is.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It can't be: a directory has its name, or a file that of one of its directories.</exception>
    public void AddFile(string path)
    {
        lock (_gate)
        {
            var file = new FilePath(path);
            Check(_disk.MakeDirectory(InMemoryDisk.ParentOf(file)), path);
            Check(_disk.Open(file, create: true).Errno, path);
        }
    }

    /// <summary>Adds another name of a file, as ln(1) does.</summary>
    /// <param name="existing">The file.</param>
    /// <param name="path">Its new name.</param>
    /// <exception cref="IOException">There is no such file, or the name is taken or can't be.</exception>
    public void AddLink(string existing, string path)
    {
        lock (_gate)
        {
            Check(_disk.Link(new FilePath(existing), new FilePath(path)), path);
        }
    }

    /// <summary>Whether a file or directory of this name exists.</summary>
    /// <param name="path">The name.</param>
    /// <returns>True if it does.</returns>
    public bool Exists(string path)
    {
        lock (_gate)
        {
            return _disk.Exists(new FilePath(path));
        }
    }

    /// <summary>How a file is locked.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The mode; null when it is not locked or missing.</returns>
    public LockMode? ModeOf(string path) => ModeOf(new FilePath(path));

    /// <summary>
    /// Makes every lock on a file vanish under its holders, as network storage can: what <see cref="ILease.LostToken"/> is for.
    /// </summary>
    /// <param name="path">The file; a missing one is ignored.</param>
    public void TakeLocksAway(string path)
    {
        lock (_gate)
        {
            _disk.Open(new FilePath(path), create: false).File?.Holds.Clear();
        }
    }

    /// <inheritdoc/>
    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
    {
        lock (_gate)
        {
            (InMemoryFile? file, int errno) = _disk.Open(path, autocreate);
            if (file is null)
            {
                return LockAttempt.Failed(Failure(autocreate ? "open/create resource" : "open resource", path, errno)!);
            }

            if (file.Holds.Count > 0 && (mode == LockMode.Exclusive || file.Mode == LockMode.Exclusive))
            {
                return LockAttempt.Busy(file.Identity);
            }

            file.Mode = mode;
            return LockAttempt.Granted(new HeldFile(_disk.NextHold(file), file.Identity, LockKind.OpenFileDescription));
        }
    }

    /// <inheritdoc/>
    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate)
    {
        lock (_gate)
        {
            InMemoryFile held = _disk.FileOf(file.Identity);
            bool isOurs = _disk.Open(path, create: false).File is not { } named || named == held;
            int errno = autocreate && isOurs && (mode == LockMode.Exclusive || held.Holds.Count == 1) ? _disk.Unlink(path) : 0;
            held.Holds.Remove(file.Descriptor);
            _disk.Forget(held);
            return errno == LibC.ENOENT ? null : Failure("remove resource", path, errno);
        }
    }

    /// <inheritdoc/>
    public bool IsNamed(in HeldFile file, FilePath path) => Identify(path) == file.Identity;

    /// <inheritdoc/>
    public FileIdentity? Identify(FilePath path)
    {
        lock (_gate)
        {
            return _disk.Open(path, create: false).File?.Identity;
        }
    }

    /// <inheritdoc/>
    public SystemError? CreateFile(FilePath path)
    {
        lock (_gate)
        {
            return Failure("open/create resource", path, _disk.Open(path, create: true).Errno);
        }
    }

    /// <inheritdoc/>
    public SystemError? DeleteFile(FilePath path)
    {
        lock (_gate)
        {
            int errno = _disk.Unlink(path);
            return errno == LibC.ENOENT ? null : Failure("delete resource", path, errno);
        }
    }

    /// <inheritdoc/>
    public DirectoryAttempt EnsureDirectory(FilePath path)
    {
        lock (_gate)
        {
            int errno = _disk.MakeDirectory(path);
            return errno == LibC.EEXIST
                ? new DirectoryAttempt(false, null)
                : new DirectoryAttempt(errno == 0, Failure("create lockspace", path, errno));
        }
    }

    /// <inheritdoc/>
    public bool IsHeld(in HeldFile file, FilePath path, LockMode mode)
    {
        lock (_gate)
        {
            return _disk.Open(path, create: false).File is { } found
                && found.Identity == file.Identity && found.Holds.Contains(file.Descriptor);
        }
    }

    /// <inheritdoc/>
    /// <remarks>All holders are of this very process.</remarks>
    public LockHolder? FindHolder(FilePath path) => ModeOf(path) is null ? null : LockHolder.OfProcess(Environment.ProcessId, "in memory");

    private LockMode? ModeOf(FilePath path)
    {
        lock (_gate)
        {
            return _disk.Open(path, create: false).File is { Holds.Count: > 0 } file ? file.Mode : null;
        }
    }

    private static SystemError? Failure(string action, FilePath path, int errno) =>
        errno == 0 ? null : new SystemError(errno, $"Unable to {action} {path}: {ErrorText.Of(errno)}");

    private static void Check(int errno, string path)
    {
        if (errno != 0)
        {
            throw new IOException($"{path}: {ErrorText.Of(errno)}");
        }
    }
}
