using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// Locks files with fcntl(2), on their first byte, as libvirt does: every program that locks there, on this host or on another that shares
/// the storage, sees these locks, and QEMU's own locks on images (from byte 100 on) do not clash. Open file description locks unless POSIX
/// ones are asked for, or the file system refuses the former. One thread at a time.
/// </summary>
/// <param name="kind">Which locks to take.</param>
/// <param name="allowsFallback">Whether POSIX locks are taken where a file system refuses open file description locks; else the attempt
/// fails.</param>
public sealed partial class FcntlLockDriver(LockKind kind = LockKind.OpenFileDescription, bool allowsFallback = true) : ILockDriver
{
    /// <summary>The mode of new lock files: what libvirt's daemon gives them.</summary>
    private const uint FileMode = 0x180; // 0600

    /// <summary>The mode of new lock space directories.</summary>
    private const uint DirectoryMode = 0x1C0; // 0700

    /// <summary>
    /// How often the name of an autocreated file may have gone to another one by the time it is locked. Others who unlink it, however busy,
    /// don't come in between that often in a row; a file system whose inode numbers change does.
    /// </summary>
    private const int MostAutocreations = 200;

    /// <summary>
    /// To lock without side effects: a terminal must not become the controlling one, and an open must not wait until another program gives
    /// back a lease on the file (F_SETLEASE).
    /// </summary>
    private const int OpenFlags = LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_NONBLOCK;

    private readonly PosixHeldFiles _posix = PosixHeldFiles.OfProcess;

    /// <summary>
    /// Raised with a file for which open file description locks were refused and a POSIX lock was taken, on the thread that took it.
    /// </summary>
    internal event Action<FilePath>? FellBack;

    /// <inheritdoc/>
    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
    {
        // Opening a file that is held by a POSIX lock, and closing it again, would lose that lock: look before.
        if (!_posix.IsEmpty && FileStatus.Identify(path) is { } known && _posix.Join(known, mode) is { } joined)
        {
            return joined;
        }

        int flags = OpenFlags | (autocreate ? LibC.O_CREAT : 0);
        string action = autocreate ? "open/create resource" : "open resource";
        for (int tries = 0; tries < MostAutocreations; tries++)
        {
            var descriptor = Descriptor.Open(path.NullTerminated, flags, FileMode);
            if (descriptor.IsNone)
            {
                return Unopened(action, path);
            }

            if (FileStatus.Of(descriptor) is not { } status)
            {
                SystemError error = Failure("check status of resource", path);
                descriptor.Close();
                return LockAttempt.Failed(error);
            }

            if (!status.IsRegular)
            {
                descriptor = MakeBlocking(descriptor, status, out int errno);
                if (descriptor.IsNone)
                {
                    return LockAttempt.Failed(new SystemError(errno, Describe(action, path, errno)));
                }
            }

            LockAttempt attempt = LockDescriptor(descriptor, status.Identity, path, mode);
            if (!attempt.IsGranted)
            {
                _posix.Close(status.Identity, descriptor);
                return attempt;
            }

            // Whoever lets go of an autocreated file unlinks it while still holding it: make sure that what was locked still has the name.
            if (!autocreate || FileStatus.Identify(path) == status.Identity)
            {
                return attempt;
            }

            Close(attempt.File);
        }

        return LockAttempt.Failed(new SystemError(
            LibC.ESTALE, $"Unable to lock resource {path}: each look finds another file, or the file system changes its inode number"));
    }

    /// <inheritdoc/>
    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate)
    {
        // Unlinked while the lock still stands, so that nobody can have acquired what is being removed; a shared file only if nobody else
        // shares it.
        SystemError? error = autocreate && (mode == LockMode.Exclusive || MakeExclusive(file)) ? Remove(file.Identity, path) : null;
        Close(file);
        return error;
    }

    /// <inheritdoc/>
    public bool IsNamed(in HeldFile file, FilePath path) => FileStatus.Identify(path) is { } named
        ? named == file.Identity
        : LibC.LastError is not (LibC.ENOENT or LibC.ENOTDIR);

    /// <inheritdoc/>
    public FileIdentity? Identify(FilePath path) => FileStatus.OfName(path)?.Identity;

    /// <inheritdoc/>
    public SystemError? CreateFile(FilePath path)
    {
        // An existing file is opened, so that the answer tells whether it could be locked; but not one that is held by a POSIX lock.
        if (FileStatus.Identify(path) is { } existing && _posix.Contains(existing))
        {
            return null;
        }

        var descriptor = Descriptor.Open(path.NullTerminated, OpenFlags | LibC.O_CREAT, FileMode);
        if (descriptor.IsNone)
        {
            // With EAGAIN another program has a lease on it: it is there.
            return LibC.LastError == LibC.EAGAIN ? null : Failure("open/create resource", path);
        }

        if (FileStatus.Identify(descriptor) is { } identity)
        {
            _posix.Close(identity, descriptor);
        }
        else
        {
            descriptor.Close();
        }

        return null;
    }

    /// <inheritdoc/>
    public SystemError? DeleteFile(FilePath path) =>
        FileStatus.OfName(path) is { IsRegular: false, IsSymbolicLink: false, IsDirectory: false }
            ? NoRegularFile("delete resource", path)
            : Unlink("delete resource", path);

    /// <inheritdoc/>
    public DirectoryAttempt EnsureDirectory(FilePath path)
    {
        if (FileStatus.Of(path) is { } status)
        {
            return new DirectoryAttempt(status.IsDirectory, null);
        }

        ReadOnlySpan<byte> bytes = path.Bytes;
        for (int end = Math.Min(1, bytes.Length); end <= bytes.Length; end++)
        {
            if (end < bytes.Length && bytes[end] != '/')
            {
                continue;
            }

            var part = new FilePath(bytes[..end]);
            if (LibC.mkdir(part.NullTerminated, DirectoryMode) < 0 && LibC.LastError != LibC.EEXIST)
            {
                return new DirectoryAttempt(false, Failure("create lockspace", path));
            }
        }

        // A symbolic link that leads nowhere is what mkdir(2) takes for an existing name.
        return FileStatus.Of(path) is { } made
            ? new DirectoryAttempt(made.IsDirectory, null)
            : new DirectoryAttempt(false, new SystemError(LibC.ENOTDIR, Describe("create lockspace", path, LibC.ENOTDIR)));
    }

    private static SystemError Failure(string action, FilePath path)
    {
        int errno = LibC.LastError;
        return new SystemError(errno, Describe(action, path, errno));
    }

    private static string Describe(string action, FilePath path, int errno) => $"Unable to {action} {path}: {ErrorText.Of(errno)}";

    private static SystemError NoRegularFile(string action, FilePath path) =>
        new(LibC.EPERM, $"Unable to {action} {path}: it is no regular file");

    private static SystemError? Unlink(string action, FilePath path) =>
        LibC.unlink(path.NullTerminated) == 0 || LibC.LastError == LibC.ENOENT ? null : Failure(action, path);

    /// <summary>Removes the name of a file if it still is that of this very one: others may have made another file of that name.</summary>
    private static SystemError? Remove(FileIdentity identity, FilePath path) => FileStatus.Of(path) switch
    {
        null => null,
        { IsDirectory: true } => new SystemError(LibC.EISDIR, Describe("remove resource", path, LibC.EISDIR)),
        { } status when status.Identity != identity => null,
        { IsRegular: false } => NoRegularFile("remove resource", path),
        _ => Unlink("remove resource", path),
    };

    /// <summary>
    /// Whoever has a lease on a file is told by the kernel to give it back, and loses it after some 45 seconds:
    /// <c>/proc/sys/fs/lease-break-time</c>.
    /// </summary>
    private static LockAttempt Unopened(string action, FilePath path) => Failure(action, path) is { Number: not LibC.EAGAIN } error
        ? LockAttempt.Failed(error)
        : LockAttempt.Delayed(new SystemError(LibC.EAGAIN, $"Unable to {action} {path}: another program has a lease on the file"));

    /// <summary>
    /// Has anything but a regular file as if it had been opened without O_NONBLOCK, which means something there. A block device is opened
    /// anew, as it may come without a medium; a character device is not, as that may wait for a carrier.
    /// </summary>
    /// <returns>None when it can't be opened so.</returns>
    private Descriptor MakeBlocking(Descriptor descriptor, FileStatus status, out int error)
    {
        error = 0;
        if (status.IsBlockDevice)
        {
            var self = new FilePath($"/proc/self/fd/{descriptor}");
            var anew = Descriptor.Open(self.NullTerminated, LibC.O_RDWR);
            if (!anew.IsNone)
            {
                _posix.Close(status.Identity, descriptor);
                return anew;
            }

            if (LibC.LastError is not LibC.ENOENT and var errno)
            {
                _posix.Close(status.Identity, descriptor);
                error = errno;
                return Descriptor.None;
            }
        }

        _ = LibC.fcntl(descriptor.Number, LibC.F_SETFL, 0);
        return descriptor;
    }

    private LockAttempt LockDescriptor(Descriptor descriptor, FileIdentity identity, FilePath path, LockMode mode)
    {
        // The name may have come to lead to a held file since we looked.
        if (_posix.Join(identity, mode, descriptor) is { } joined)
        {
            return joined;
        }

        int errno = 0;
        if (kind == LockKind.OpenFileDescription)
        {
            if (FileLock.Set(descriptor, kind, mode))
            {
                return LockAttempt.Granted(new HeldFile(descriptor.Number, identity, kind));
            }

            errno = LibC.LastError;
        }

        bool isFallback = allowsFallback && FileLock.IsRefusedKind(errno);
        if ((kind == LockKind.Posix || isFallback) && _posix.Take(identity, descriptor, mode, out errno) is { } taken)
        {
            if (taken.IsGranted && isFallback)
            {
                FellBack?.Invoke(path);
            }

            return taken;
        }

        return FileLock.IsConflict(errno)
            ? LockAttempt.Busy(identity)
            : LockAttempt.Failed(new SystemError(errno, Describe("lock resource", path, errno)));
    }

    private bool MakeExclusive(in HeldFile file) => file.Kind == LockKind.Posix
        ? _posix.MakeExclusive(file.Identity)
        : FileLock.Set(new Descriptor(file.Descriptor), file.Kind, LockMode.Exclusive);

    private void Close(in HeldFile file)
    {
        if (file.Kind == LockKind.Posix)
        {
            _posix.Remove(file.Identity);
        }
        else
        {
            var descriptor = new Descriptor(file.Descriptor);
            FileLock.Clear(descriptor);
            _posix.Close(file.Identity, descriptor);
        }
    }
}
