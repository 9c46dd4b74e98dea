using VirtLock.Locking;

namespace VirtLock;

/// <summary>What the caller wants, in one piece.</summary>
internal readonly record struct LeaseRequest(ResourceName Name, LockMode Mode, TimeSpan Wait, bool Autocreate);
