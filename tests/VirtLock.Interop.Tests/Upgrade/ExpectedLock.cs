using VirtLock.TestPeer.Locks;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>A file and the lock that the daemon must hold on it.</summary>
internal readonly record struct ExpectedLock(string Path, LockState State);
