using VirtLock.TestKit.Daemons;

namespace VirtLock.Interop.Tests.Library;

[TestFixture]
internal sealed class LibvirtClientTests : ClientSuite
{
    protected override DaemonKind Kind => DaemonKind.Libvirt;
}
