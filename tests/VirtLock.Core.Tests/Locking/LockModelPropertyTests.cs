using System.Diagnostics.CodeAnalysis;
using VirtLock.Core.Tests.Drivers;
using VirtLock.Core.Tests.InProcess;
using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Locking;

/// <summary>
/// Whatever clients ask for, in whatever order: the model answers as its rules say, loses no lease and no file. Random sequences; a failure
/// is shrunk to the shortest that shows it, and its seed is printed.
/// </summary>
[TestFixture]
[SuppressMessage("Structure", "NUnit1027", Justification = "FsCheck makes the arguments.")]
internal sealed class LockModelPropertyTests
{
    [FsCheck.NUnit.Property(MaxTest = 500, StartSize = 5, EndSize = 200, QuietOnSuccess = true)]
    public void Model_follows_its_rules_on_any_driver(ModelStep[] steps)
    {
        using var disk = new MemoryDisk();
        Compare(disk, steps);
    }

    [FsCheck.NUnit.Property(MaxTest = 40, StartSize = 20, EndSize = 120, QuietOnSuccess = true)]
    public void Model_follows_its_rules_on_open_file_description_locks(ModelStep[] steps)
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        Compare(disk, steps);
    }

    [FsCheck.NUnit.Property(MaxTest = 40, StartSize = 20, EndSize = 120, QuietOnSuccess = true)]
    public void Model_follows_its_rules_on_POSIX_locks(ModelStep[] steps)
    {
        using var disk = new KernelDisk(LockKind.Posix);
        Compare(disk, steps);
    }

    [FsCheck.NUnit.Property(MaxTest = 300, StartSize = 5, EndSize = 200, QuietOnSuccess = true)]
    public void Model_follows_its_rules_on_the_driver_in_memory(ModelStep[] steps)
    {
        using var disk = new InMemoryDriverDisk();
        Compare(disk, steps);
    }

    private static void Compare(ITestDisk disk, ModelStep[] steps)
    {
        var comparison = new ModelComparison(disk);
        try
        {
            foreach (ModelStep step in steps)
            {
                comparison.Do(step);
            }

            comparison.Finish();
        }
        catch (AssertionException)
        {
            TestContext.Out.WriteLine(comparison.Log);
            throw;
        }
    }
}
