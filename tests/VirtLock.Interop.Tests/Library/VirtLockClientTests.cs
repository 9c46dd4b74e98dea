using VirtLock.TestKit.Daemons;

namespace VirtLock.Interop.Tests.Library;

[TestFixture]
internal sealed class VirtLockClientTests : ClientSuite
{
    protected override DaemonKind Kind => DaemonKind.VirtLock;
}
