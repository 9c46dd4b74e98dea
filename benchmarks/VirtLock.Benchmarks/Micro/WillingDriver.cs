using VirtLock.Locking;

namespace VirtLock.Benchmarks.Micro;

/// <summary>Grants every lock and touches no file: what is left is the model's own work.</summary>
internal sealed class WillingDriver : ILockDriver
{
    private int _lastDescriptor;

    public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
    {
        // Numbers that no two files share, as a snapshot tells descriptors apart; nothing is open under them.
        _lastDescriptor = (_lastDescriptor + 1) & int.MaxValue;
        var identity = new FileIdentity(1, (ulong)_lastDescriptor);
        return LockAttempt.Granted(new HeldFile(_lastDescriptor, identity, LockKind.OpenFileDescription));
    }

    public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate) => null;

    public SystemError? CreateFile(FilePath path) => null;

    public SystemError? DeleteFile(FilePath path) => null;

    public DirectoryAttempt EnsureDirectory(FilePath path) => new(IsDirectory: true, Error: null);
}
