using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using VirtLock.Daemon.Tests.Upgrade.Document;
using VirtLock.Daemon.Upgrade;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>What an executable leaves for its successor, and what else may lie in its place.</summary>
internal sealed class StateFileTests
{
    private const int LivingPid = 1;

    /// <summary>Above the highest that a kernel of 64 bits gives: proc_sys_kernel(5).</summary>
    private const int NobodysPid = 4_194_305;

    private TemporaryDirectory _directory = null!;
    private StateFile _file = null!;

    [SetUp]
    public void NameFile()
    {
        _directory = new TemporaryDirectory();
        _file = new StateFile(_directory.File("state.json"));
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void What_was_written_is_read_back()
    {
        Assert.That(_file.Write(Samples.Write(Samples.Full)), Is.Null);

        Snapshot? read = _file.Read(Samples.Pid, out string? reason);

        Assert.That(reason, Is.Null);
        Assert.That(SnapshotText.Of(read), Is.EqualTo(SnapshotText.Of(Samples.Full)));
    }

    [Test]
    public void File_is_ours_alone()
    {
        _file.Write("{}"u8);

        Assert.That(File.GetUnixFileMode(_file.Name), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void What_lay_there_before_is_replaced_and_not_written_through()
    {
        string target = _directory.File("target");
        File.WriteAllText(target, "kept");
        File.CreateSymbolicLink(_file.Name, target);

        Assert.That(_file.Write("new"u8), Is.Null);

        Assert.That(File.ReadAllText(target), Is.EqualTo("kept"));
        Assert.That(File.ReadAllText(_file.Name), Is.EqualTo("new"));
        Assert.That(File.ResolveLinkTarget(_file.Name, returnFinalTarget: false), Is.Null);
    }

    [Test]
    public void Document_of_many_megabytes_is_written_whole()
    {
        var document = new byte[20 * 1024 * 1024];
        Array.Fill(document, (byte)' ');

        Assert.That(_file.Write(document), Is.Null);

        Assert.That(new FileInfo(_file.Name).Length, Is.EqualTo(document.Length));
    }

    [Test]
    public void File_that_cannot_be_made_is_told()
    {
        Directory.CreateDirectory(_file.Name);

        Assert.That(_file.Write("{}"u8), Is.EqualTo($"cannot create '{_file.Name}': File exists"));
    }

    [Test]
    public void Removed_file_is_gone()
    {
        _file.Write("{}"u8);

        _file.Remove();

        Assert.That(File.Exists(_file.Name), Is.False);
    }

    [Test]
    public void Missing_file_is_no_snapshot_and_no_fault()
    {
        Assert.That(_file.Read(Samples.Pid, out string? reason), Is.Null);
        Assert.That(reason, Is.Null);
    }

    [Test]
    public void Symbolic_link_is_not_trusted()
    {
        File.WriteAllText(_directory.File("target"), "{}");
        File.CreateSymbolicLink(_file.Name, _directory.File("target"));

        AssertDistrusted("it is a symbolic link");
    }

    [Test]
    public void Directory_is_not_trusted()
    {
        Directory.CreateDirectory(_file.Name);

        AssertDistrusted("it is no regular file");
    }

    [Test]
    public void Fifo_is_not_trusted_nor_waited_for()
    {
        using (Process made = Process.Start("mkfifo", [_file.Name]))
        {
            made.WaitForExit();
        }

        AssertDistrusted("it is no regular file");
    }

    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    public void File_that_others_may_write_to_is_not_trusted(UnixFileMode others)
    {
        _file.Write(Samples.Write(Samples.Full));
        File.SetUnixFileMode(_file.Name, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        AssertDistrusted("others may write to it");
    }

    [Test]
    public void File_beyond_all_bounds_is_not_read()
    {
        using (FileStream file = File.Create(_file.Name))
        {
            file.SetLength(Snapshot.MaximumLength + 1L);
        }

        File.SetUnixFileMode(_file.Name, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        AssertDistrusted("its size of 268435457 bytes is over the limit of 268435456");
    }

    [Test]
    public void Snapshot_of_another_process_is_none()
    {
        _file.Write(Samples.Write(Samples.Full with { Pid = Samples.Pid + 1 }));

        AssertDistrusted("another process left it");
    }

    [TestCase("", 1)]
    [TestCase("no document", 2)]
    public void What_is_no_document_is_told(string content, int place)
    {
        _file.Write(Encoding.UTF8.GetBytes(content));

        AssertDistrusted($"The document is not JSON from line 1, byte {place} on.");
    }

    [Test]
    public void Snapshot_of_this_process_is_found_and_stays_until_it_is_removed()
    {
        _file.Write(Samples.Write(Samples.Full with { Pid = Environment.ProcessId }));

        Assert.That(_file.Find(NullLogger.Instance)!.Pid, Is.EqualTo(Environment.ProcessId));

        Assert.That(File.Exists(_file.Name));
        Assert.That(File.Exists(_file.NameAside), Is.False);
    }

    [Test]
    public void What_is_of_no_use_is_set_aside()
    {
        _file.Write("no document"u8);

        Assert.That(_file.Find(NullLogger.Instance), Is.Null);

        Assert.That(File.Exists(_file.Name), Is.False);
        Assert.That(File.ReadAllText(_file.NameAside), Is.EqualTo("no document"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void What_another_living_process_left_is_not_touched(bool isWhole)
    {
        byte[] document = Samples.Write(Samples.Full with { Pid = LivingPid });
        _file.Write(isWhole ? document : document.AsSpan(0, document.Length / 2));
        string content = File.ReadAllText(_file.Name);

        Assert.That(_file.Find(NullLogger.Instance), Is.Null);
        Assert.That(_file.Write("{}"u8), Is.EqualTo($"'{_file.Name}' is that of process {LivingPid}, which lives"));

        Assert.That(File.ReadAllText(_file.Name), Is.EqualTo(content));
        Assert.That(Directory.GetFiles(_directory.Path), Is.EqualTo([_file.Name]));
    }

    [Test]
    public void What_a_dead_process_left_is_set_aside_and_written_over()
    {
        _file.Write(Samples.Write(Samples.Full with { Pid = NobodysPid }));

        Assert.That(_file.Find(NullLogger.Instance), Is.Null);
        Assert.That(File.Exists(_file.NameAside));

        _file.Write(Samples.Write(Samples.Full with { Pid = NobodysPid }));
        Assert.That(_file.Write("{}"u8), Is.Null);
        Assert.That(File.ReadAllText(_file.Name), Is.EqualTo("{}"));
    }

    private void AssertDistrusted(string expected)
    {
        Assert.That(_file.Read(Samples.Pid, out string? reason), Is.Null);
        Assert.That(reason, Is.EqualTo(expected));
    }
}
