using VirtLock.Core.Tests.Drivers;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.InProcess;

[TestFixture]
internal sealed class InMemoryLockDriverContractTests : LockDriverContract
{
    private protected override ITestDisk CreateDisk() => new InMemoryDriverDisk();
}
