using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.TestKit.Processes;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>Who holds a file, as the kernel shows it in <c>/proc</c>.</summary>
[TestFixture]
internal sealed class HolderSearchTests
{
    private const string File = "fd:00:5678";

    [TestCase(LockKind.Posix)]
    [TestCase(LockKind.OpenFileDescription)]
    public void Holder_in_another_process_is_found_by_pid_and_name(LockKind kind)
    {
        using var disk = new KernelDisk(kind);
        using var foreign = Peer.StartAs("foreigner");
        disk.WriteFile("disk");
        Assert.That(foreign.Ask($"lock {(kind == LockKind.Posix ? "posix" : "ofd")} exclusive {disk.FullName("disk")}"), Is.EqualTo("ok"));
        FileIdentity identity = disk.Driver.TryLock(disk.PathOf("disk"), LockMode.Exclusive, autocreate: false).Identity;

        LockHolder? holder = HolderSearch.Find(identity);

        Assert.That(holder, Is.EqualTo(LockHolder.OfProcess(foreign.Id, "foreigner")));
    }

    [TestCase(LockKind.Posix)]
    [TestCase(LockKind.OpenFileDescription)]
    public void Holder_is_not_found_once_it_has_let_go(LockKind kind)
    {
        using var disk = new KernelDisk(kind);
        disk.WriteFile("disk");
        disk.TryLockElsewhere("disk", LockMode.Exclusive);
        FileIdentity identity = disk.Driver.TryLock(disk.PathOf("disk"), LockMode.Exclusive, autocreate: false).Identity;
        disk.ReleaseElsewhere("disk");

        Assert.That(HolderSearch.Find(identity), Is.Null);
    }

    [Test]
    public void Process_that_has_the_file_open_without_a_lock_is_not_taken_for_the_holder()
    {
        using var disk = new KernelDisk(LockKind.OpenFileDescription);
        using var holder = Peer.StartAs("foreigner");
        disk.WriteFile("disk");
        using (System.IO.File.OpenHandle(disk.FullName("disk"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            holder.Ask($"lock ofd exclusive {disk.FullName("disk")}");
            FileIdentity identity = disk.Driver.TryLock(disk.PathOf("disk"), LockMode.Shared, autocreate: false).Identity;

            Assert.That(HolderSearch.Find(identity)!.Pid, Is.EqualTo(new ProcessId((uint)holder.Id)));
        }
    }

    [TestCase("1: POSIX  ADVISORY  WRITE 1234 fd:00:5678 0 0", 1234)]
    [TestCase("1: POSIX  ADVISORY  WRITE 1234 fd:00:5678 0 EOF", 1234)]
    [TestCase("27: POSIX  ADVISORY  READ  99 fd:00:5678 0 0", 99)]
    [TestCase("2: OFDLCK ADVISORY  WRITE -1 fd:00:5678 0 0", -1)]
    [TestCase("\t1: OFDLCK ADVISORY  READ -1 fd:00:5678 0 EOF", -1)]
    public void Line_of_a_lock_on_the_first_byte_gives_its_pid(string line, int pid)
    {
        Assert.That(HolderSearch.HolderOf(line, File), Is.EqualTo(pid));
    }

    [TestCase("1: -> POSIX  ADVISORY  WRITE 1234 fd:00:5678 0 0", TestName = "One who waits holds nothing")]
    [TestCase("1: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF", TestName = "Whole-file locks of flock are no concern")]
    [TestCase("1: LEASE  ACTIVE    READ 1234 fd:00:5678 0 EOF", TestName = "Leases of the kernel are no concern")]
    [TestCase("1: POSIX  ADVISORY  WRITE 1234 fd:00:5679 0 0", TestName = "Another file")]
    [TestCase("1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 0", TestName = "Another device")]
    [TestCase("1: POSIX  ADVISORY  WRITE 1234 fd:00:5678 100 101", TestName = "QEMU's image locks lie behind the first byte")]
    [TestCase("1: POSIX  ADVISORY  WRITE 1234 <none>:0 0 0", TestName = "No file at all")]
    [TestCase("1: POSIX  ADVISORY  WRITE many fd:00:5678 0 0", TestName = "A pid that is no number")]
    [TestCase("", TestName = "An empty line")]
    public void Other_lines_give_no_holder(string line)
    {
        Assert.That(HolderSearch.HolderOf(line, File), Is.Null);
    }

    [TestCase(0xFD00ul, 5678ul, "fd:00:5678")]
    [TestCase(0x0801ul, 1ul, "08:01:1")]
    [TestCase(0x0ul, 42ul, "00:00:42")]
    [TestCase(0x0001_2000_9AB3_4567ul, 7ul, "12345:9ab67:7")]
    public void File_is_named_as_the_kernel_names_it(ulong device, ulong inode, string expected)
    {
        Assert.That(HolderSearch.Name(new FileIdentity(device, inode)), Is.EqualTo(expected));
    }
}
