namespace VirtLock.Locking;

/// <summary>A file that a driver holds locked.</summary>
/// <param name="Descriptor">The open descriptor that carries the lock; negative for a driver without descriptors, and then a number of its own.</param>
/// <param name="Identity">Which file it is, whatever name it was opened by.</param>
/// <param name="Kind">The kind of lock on it.</param>
public readonly record struct HeldFile(int Descriptor, FileIdentity Identity, LockKind Kind);
