using VirtLock.Core.Tests.Drivers;

namespace VirtLock.Core.Tests.InProcess;

[TestFixture]
internal sealed class InMemoryLockDriverContractTests : LockDriverContract
{
    private protected override ITestDisk CreateDisk() => new InMemoryDriverDisk();
}
