namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>How libvirt's document says in what way a resource was acquired; further bits mean nothing.</summary>
[Flags]
internal enum ResourceFlags : uint
{
    None = 0,
    Shared = 1,
    Autocreated = 2,
}
