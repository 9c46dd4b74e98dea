using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Libvirt;

/// <summary>The scenarios with libvirt's own lock daemon: what holds there is what VirtLock has to match.</summary>
[TestFixture]
internal sealed class LibvirtDaemonScenarioTests : LibvirtScenarios
{
    protected override DaemonKind Kind => DaemonKind.Libvirt;

    protected override bool NamesHolder => false;

    protected override void OpenLeaseSpace(LibvirtSandbox libvirt, string path)
    {
        using WireClient client = libvirt.Connect();
        Refusal.AssertOk(client.CreateLockSpace(path));
    }
}
