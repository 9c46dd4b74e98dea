using VirtLock.Daemon.Tests.Upgrade.Document;
using VirtLock.Daemon.Upgrade;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>A snapshot on its way to the successor, in this one process.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class SnapshotMemoryTests
{
    [TearDown]
    public void WithdrawAnnouncement() => Environment.SetEnvironmentVariable(SnapshotMemory.Variable, null);

    [Test]
    public void What_was_written_is_taken_once()
    {
        Announce(Make(Samples.Write(Samples.Full)).ToString());

        Snapshot? taken = SnapshotMemory.TakeAnnounced(Samples.Pid, out string? problem);

        Assert.That(problem, Is.Null);
        Assert.That(SnapshotText.Of(taken), Is.EqualTo(SnapshotText.Of(Samples.Full)));
        Assert.That(SnapshotMemory.IsAnnounced, Is.False);
        Assert.That(SnapshotMemory.TakeAnnounced(Samples.Pid, out problem), Is.Null);
        Assert.That(problem, Is.Null);
    }

    [Test]
    public void Nobody_can_change_it_on_the_way()
    {
        Descriptor memory = Make(Samples.Write(Samples.Full));

        Assert.That(memory.WriteAll("x"u8), Is.Not.Zero);
        Assert.That(LibC.ftruncate(memory.Number, 0), Is.LessThan(0));
        Assert.That(LibC.fcntl(memory.Number, LibC.F_GETFD, 0), Is.EqualTo(LibC.FD_CLOEXEC));
        memory.Close();
    }

    [Test]
    public void Another_process_makes_nothing_of_it()
    {
        Announce(Make(Samples.Write(Samples.Full)).ToString());

        Assert.That(SnapshotMemory.TakeAnnounced(Samples.Pid + 1, out string? problem), Is.Null);
        Assert.That(problem, Is.EqualTo("the snapshot is another process's"));
    }

    [Test]
    public void What_is_no_document_is_told()
    {
        Announce(Make("no document"u8.ToArray()).ToString());

        Assert.That(SnapshotMemory.TakeAnnounced(Samples.Pid, out string? problem), Is.Null);
        Assert.That(problem, Does.Contain("not JSON"));
    }

    [TestCase("")]
    [TestCase("x")]
    [TestCase("-1")]
    [TestCase("1000000")]
    public void Number_of_nothing_that_is_sealed_is_told(string number)
    {
        Announce(number);

        Assert.That(SnapshotMemory.TakeAnnounced(Samples.Pid, out string? problem), Is.Null);
        Assert.That(problem, Is.EqualTo($"VIRTLOCKD_SNAPSHOT_FD is '{number}', which is no sealed memory"));
    }

    [Test]
    public void File_of_the_environments_choice_is_neither_read_nor_closed()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("document"), Samples.Write(Samples.Full));
        var file = Descriptor.Open(new Locking.FilePath(directory.File("document")).NullTerminated, LibC.O_RDONLY);
        Announce(file.ToString());

        Assert.That(SnapshotMemory.TakeAnnounced(Samples.Pid, out string? problem), Is.Null);

        Assert.That(problem, Does.EndWith("which is no sealed memory"));
        Assert.That(file.SetCloseOnExec(), Is.True, "it is still open");
        file.Close();
    }

    private static Descriptor Make(byte[] document)
    {
        Assert.That(SnapshotMemory.Create(document, out Descriptor memory), Is.Null);
        return memory;
    }

    private static void Announce(string number) => Environment.SetEnvironmentVariable(SnapshotMemory.Variable, number);
}
