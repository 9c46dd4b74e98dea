using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A lock space and what is held in it.</summary>
/// <param name="Directory">Null for the default space.</param>
/// <param name="Resources">Each name once.</param>
internal sealed record LockSpaceSnapshot(FilePath? Directory, IReadOnlyList<ResourceSnapshot> Resources);
