using VirtLock.Locking;

namespace VirtLock.Core.Tests.Samples;

// <driver>
/// <summary>Locks as another driver does, keeps out of a directory, and reports how long each lock took.</summary>
public sealed class ReportingDriver(ILockDriver inner, string forbidden, Action<string, TimeSpan> report) : ILockDriver
{
    private const int PermissionDenied = 13; // EACCES, errno(3)

    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
    {
        // Refusals are values, never exceptions.
        if (path.ToString().StartsWith(forbidden + "/", StringComparison.Ordinal))
        {
            return LockAttempt.Failed(new SystemError(PermissionDenied, $"Unable to lock {path}: {forbidden} is off limits"));
        }

        long start = TimeProvider.System.GetTimestamp();
        LockAttempt attempt = inner.TryLock(path, mode, autocreate);
        report(path.ToString(), TimeProvider.System.GetElapsedTime(start));
        return attempt;
    }

    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate) =>
        inner.Release(file, path, mode, autocreate);

    public bool IsNamed(in HeldFile file, FilePath path) => inner.IsNamed(file, path);

    public FileIdentity? Identify(FilePath path) => inner.Identify(path);

    public SystemError? CreateFile(FilePath path) => inner.CreateFile(path);

    public SystemError? DeleteFile(FilePath path) => inner.DeleteFile(path);

    public DirectoryAttempt EnsureDirectory(FilePath path) => inner.EnsureDirectory(path);
}

// </driver>
