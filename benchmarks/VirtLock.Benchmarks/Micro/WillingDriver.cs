using VirtLock.Locking;

namespace VirtLock.Benchmarks.Micro;

/// <summary>Grants every lock and touches no file: what is left is the model's own work.</summary>
internal sealed class WillingDriver : ILockDriver
{
    private ulong _lastFile;

    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate) =>
        LockAttempt.Granted(new HeldFile(-1, new FileIdentity(1, ++_lastFile), LockKind.OpenFileDescription));

    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate) => null;

    public SystemError? CreateFile(FilePath path) => null;

    public SystemError? DeleteFile(FilePath path) => null;

    public DirectoryAttempt EnsureDirectory(FilePath path) => new(IsDirectory: true, Error: null);
}
