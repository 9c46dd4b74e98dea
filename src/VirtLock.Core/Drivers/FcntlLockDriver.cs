using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// Locks files with fcntl(2), on their first byte, as libvirt does: every program that locks there, on this host or on another that shares
/// the storage, sees these locks, and QEMU's own locks on images (from byte 100 on) do not clash. Open file description locks unless POSIX
/// ones are asked for, or the file system refuses the former. One thread at a time.
/// </summary>
/// <param name="kind">Which locks to take.</param>
public sealed partial class FcntlLockDriver(LockKind kind = LockKind.OpenFileDescription) : ILockDriver
{
    /// <summary>The mode of new lock files: what libvirt's daemon gives them.</summary>
    private const uint FileMode = 0x180; // 0600

    /// <summary>The mode of new lock space directories.</summary>
    private const uint DirectoryMode = 0x1C0; // 0700

    private readonly PosixHeldFiles _posix = new();

    /// <inheritdoc/>
    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
    {
        // Opening a file that is held by a POSIX lock, and closing it again, would lose that lock: look before.
        if (!_posix.IsEmpty && FileStatus.Identify(path) is { } known && _posix.Contains(known))
        {
            return LockHeldFile(known, mode);
        }

        int flags = LibC.O_RDWR | (autocreate ? LibC.O_CREAT : 0);
        while (true)
        {
            var descriptor = Descriptor.Open(path.NullTerminated, flags, FileMode);
            if (descriptor.IsNone)
            {
                return LockAttempt.Failed(Failure(autocreate ? "open/create resource" : "open resource", path));
            }

            if (FileStatus.Identify(descriptor) is not { } identity)
            {
                SystemError error = Failure("check status of resource", path);
                descriptor.Close();
                return LockAttempt.Failed(error);
            }

            if (_posix.Contains(identity))
            {
                // The name came to lead to a held file since we looked.
                _posix.Park(identity, descriptor);
                return LockHeldFile(identity, mode);
            }

            LockAttempt attempt = LockDescriptor(descriptor, identity, path, mode);
            if (!attempt.IsGranted)
            {
                descriptor.Close();
                return attempt;
            }

            // Whoever lets go of an autocreated file unlinks it while still holding it: make sure that what was locked still has the name.
            if (!autocreate || FileStatus.Identify(path) == identity)
            {
                return attempt;
            }

            Close(attempt.File);
        }
    }

    /// <inheritdoc/>
    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate)
    {
        SystemError? error = null;

        // Unlinked while the lock still stands, so that nobody can have acquired what is being removed; a shared file only if nobody else
        // shares it.
        if (autocreate && (mode == LockMode.Exclusive || MakeExclusive(file)))
        {
            if (LibC.unlink(path.NullTerminated) < 0 && LibC.LastError != LibC.ENOENT)
            {
                error = Failure("remove resource", path);
            }
        }

        Close(file);
        return error;
    }

    /// <inheritdoc/>
    public SystemError? CreateFile(FilePath path)
    {
        // O_EXCL first: an existing file may be one that is held by a POSIX lock and must not be opened.
        var descriptor = Descriptor.Open(path.NullTerminated, LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL, FileMode);
        if (descriptor.IsNone && LibC.LastError == LibC.EEXIST)
        {
            if (FileStatus.Identify(path) is not null)
            {
                return IsDirectory(path) ? new SystemError(LibC.EISDIR, Describe("open/create resource", path, LibC.EISDIR)) : null;
            }

            // A symbolic link to a file that is missing.
            descriptor = Descriptor.Open(path.NullTerminated, LibC.O_RDWR | LibC.O_CREAT, FileMode);
        }

        if (descriptor.IsNone)
        {
            return Failure("open/create resource", path);
        }

        descriptor.Close();
        return null;
    }

    /// <inheritdoc/>
    public SystemError? DeleteFile(FilePath path) =>
        LibC.unlink(path.NullTerminated) == 0 || LibC.LastError == LibC.ENOENT ? null : Failure("delete resource", path);

    /// <inheritdoc/>
    public DirectoryAttempt EnsureDirectory(FilePath path)
    {
        if (FileStatus.Identify(path) is not null)
        {
            return new DirectoryAttempt(IsDirectory(path), null);
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

        return new DirectoryAttempt(IsDirectory(path), null);
    }

    /// <summary>With a slash behind it, a path leads only to a directory: path_resolution(7).</summary>
    private static bool IsDirectory(FilePath path) => FileStatus.Identify(path.Append(default)) is not null;

    private static SystemError Failure(string action, FilePath path)
    {
        int errno = LibC.LastError;
        return new SystemError(errno, Describe(action, path, errno));
    }

    private static string Describe(string action, FilePath path, int errno) => $"Unable to {action} {path}: {ErrorText.Of(errno)}";

    private LockAttempt LockDescriptor(Descriptor descriptor, FileIdentity identity, FilePath path, LockMode mode)
    {
        LockKind tried = kind;
        bool isHeld = FileLock.Set(descriptor, tried, mode);
        if (!isHeld && tried == LockKind.OpenFileDescription && FileLock.IsRefusedKind(LibC.LastError))
        {
            tried = LockKind.Posix;
            isHeld = FileLock.Set(descriptor, tried, mode);
        }

        if (isHeld)
        {
            if (tried == LockKind.Posix)
            {
                _posix.Add(identity, descriptor, mode);
            }

            return LockAttempt.Granted(new HeldFile(descriptor.Number, identity, tried));
        }

        return FileLock.IsConflict(LibC.LastError) ? LockAttempt.Busy(identity) : LockAttempt.Failed(Failure("lock resource", path));
    }

    /// <summary>Another user for a file that this process holds by a POSIX lock: the kernel would grant it anything.</summary>
    private LockAttempt LockHeldFile(FileIdentity identity, LockMode mode) =>
        _posix.Share(identity, mode) is { IsNone: false } descriptor
            ? LockAttempt.Granted(new HeldFile(descriptor.Number, identity, LockKind.Posix))
            : LockAttempt.Busy(identity);

    private bool MakeExclusive(in HeldFile file)
    {
        if (file.Kind == LockKind.Posix && !_posix.IsLastUser(file.Identity))
        {
            return false;
        }

        return FileLock.Set(new Descriptor(file.Descriptor), file.Kind, LockMode.Exclusive);
    }

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
            descriptor.Close();
        }
    }
}
