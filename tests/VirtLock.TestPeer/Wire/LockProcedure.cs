namespace VirtLock.TestPeer.Wire;

/// <summary>The procedures of the lock program, numbered as on the wire.</summary>
internal enum LockProcedure
{
    Register = 1,
    Restrict = 2,
    New = 3,
    CreateResource = 4,
    DeleteResource = 5,
    AcquireResource = 6,
    ReleaseResource = 7,
    CreateLockSpace = 8,
}
