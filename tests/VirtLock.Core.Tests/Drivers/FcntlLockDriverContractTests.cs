using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Drivers;

[TestFixture(LockKind.OpenFileDescription)]
[TestFixture(LockKind.Posix)]
internal sealed class FcntlLockDriverContractTests(LockKind kind) : LockDriverContract
{
    private protected override ITestDisk CreateDisk() => new KernelDisk(kind);
}
