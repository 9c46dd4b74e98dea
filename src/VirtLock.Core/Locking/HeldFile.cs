namespace VirtLock.Locking;

/// <summary>A file that a driver holds locked: what it needs to give the lock back.</summary>
/// <param name="Descriptor">
/// The number of the open file that carries the lock. A driver that has none may use this for a number of its own, negative so that nobody
/// takes it for an open file.
/// </param>
/// <param name="Identity">Which file it is, whatever name it was opened by.</param>
/// <param name="Kind">The kind of lock on it.</param>
public readonly record struct HeldFile(int Descriptor, FileIdentity Identity, LockKind Kind);
