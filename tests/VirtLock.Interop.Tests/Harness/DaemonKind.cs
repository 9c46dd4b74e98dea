namespace VirtLock.Interop.Tests.Harness;

/// <summary>Whose lock daemon a test runs against.</summary>
internal enum DaemonKind
{
    Libvirt,
    VirtLock,
}
