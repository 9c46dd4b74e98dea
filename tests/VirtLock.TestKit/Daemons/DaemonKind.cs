namespace VirtLock.TestKit.Daemons;

/// <summary>Whose lock daemon a test runs against.</summary>
internal enum DaemonKind
{
    Libvirt,
    VirtLock,
}
