using VirtLock.Core.Tests.Drivers;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Locking;

/// <summary>The model's tests rest on a driver of their own: it has to keep the contract too.</summary>
[TestFixture]
internal sealed class MemoryLockDriverContractTests : LockDriverContract
{
    private protected override ITestDisk CreateDisk() => new MemoryDisk();
}
