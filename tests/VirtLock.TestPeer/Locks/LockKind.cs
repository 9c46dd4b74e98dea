namespace VirtLock.TestPeer.Locks;

internal enum LockKind
{
    /// <summary>A record lock owned by the process.</summary>
    Posix,

    /// <summary>A lock owned by the open file description.</summary>
    OpenFile,
}
