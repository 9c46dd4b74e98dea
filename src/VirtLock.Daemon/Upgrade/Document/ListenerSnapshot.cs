namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A listening socket.</summary>
/// <param name="Descriptor">Its number in this process.</param>
/// <param name="IsOwn">Whether its path in the file system is the daemon's to remove; not so when systemd made it.</param>
internal readonly record struct ListenerSnapshot(int Descriptor, bool IsOwn);
