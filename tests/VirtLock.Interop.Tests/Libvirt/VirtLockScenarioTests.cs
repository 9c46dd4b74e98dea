using VirtLock.TestKit.Daemons;

namespace VirtLock.Interop.Tests.Libvirt;

[TestFixture]
internal sealed class VirtLockScenarioTests : LibvirtScenarios
{
    protected override DaemonKind Kind => DaemonKind.VirtLock;

    protected override bool NamesHolder => true;

    protected override string LeaseConfiguration(string directory) => $"lockspaces = [ \"{directory}/leases/pond\" ]\n";
}
