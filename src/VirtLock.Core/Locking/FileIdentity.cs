namespace VirtLock.Locking;

/// <summary>What makes two paths the same file: st_dev and st_ino of stat(2).</summary>
/// <param name="Device">The device that holds the file (st_dev).</param>
/// <param name="Inode">The file's number on that device (st_ino).</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode);
