using VirtLock.TestKit.Daemons;

namespace VirtLock.Interop.Tests.Protocol;

[TestFixture]
internal sealed class VirtLockProtocolTests : ProtocolSuite
{
    protected override DaemonKind Kind => DaemonKind.VirtLock;

    protected override Differences Differences => Differences.OfVirtLock;
}
