namespace VirtLock.TestPeer.Locks;

internal enum LockState
{
    Free,
    Shared,
    Exclusive,
}
