using VirtLock.TestKit.Daemons;

namespace VirtLock.Interop.Tests.Protocol;

/// <summary>libvirt's own daemon is the oracle: a case that fails here is wrong.</summary>
[TestFixture]
internal sealed class LibvirtProtocolTests : ProtocolSuite
{
    protected override DaemonKind Kind => DaemonKind.Libvirt;

    protected override Differences Differences => Differences.None;
}
