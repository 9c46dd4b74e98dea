using System.Net.Sockets;
using System.Text;
using Mono.Unix.Native;
using VirtLock.Daemon.Logging;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Logging;

internal sealed class DescriptorSinkTests
{
    /// <summary>F_GETFL of fcntl.h.</summary>
    private const int GetStatusFlags = 3;

    private string _directory = "";

    private string LogFile => Path.Combine(_directory, "x.log");

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("virtlock-log-").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase(LogPriority.Debug, "debug")]
    [TestCase(LogPriority.Info, "info")]
    [TestCase(LogPriority.Warning, "warning")]
    [TestCase(LogPriority.Error, "error")]
    public void A_line_has_UTC_time_thread_level_and_text(LogPriority priority, string word)
    {
        using (var sink = DescriptorSink.OfFile(LogFile))
        {
            Assert.That(sink.Write(LogSample.Line("größer", priority)), Is.True);
        }

        Assert.That(File.ReadAllText(LogFile), Is.EqualTo($"2026-01-05 07:08:09.045+0000: 4711: {word} : größer\n"));
    }

    [Test]
    public void A_name_cannot_forge_a_line()
    {
        using (var sink = DescriptorSink.OfFile(LogFile))
        {
            sink.Write(LogSample.Line("a\nb\r\x1b[31mc\td\x7f"));
        }

        Assert.That(File.ReadAllText(LogFile), Does.EndWith(" : a\\nb\\r\\x1b[31mc\td\\x7f\n"));
    }

    [Test]
    public void A_file_is_made_for_its_owner_alone_and_appended_to()
    {
        foreach (string text in (string[])["one", "two"])
        {
            using var sink = DescriptorSink.OfFile(LogFile);
            sink.Write(LogSample.Line(text));
        }

        Assert.That(File.ReadAllLines(LogFile), Has.Length.EqualTo(2));
        Assert.That(Syscall.stat(LogFile, out Stat status), Is.Zero);
        Assert.That(status.st_mode & FilePermissions.ALLPERMS, Is.EqualTo(FilePermissions.S_IRUSR | FilePermissions.S_IWUSR));
    }

    [Test]
    public void A_files_descriptor_does_not_pass_to_other_programs()
    {
        using var sink = DescriptorSink.OfFile(LogFile);

        string flags = File.ReadLines("/proc/self/fdinfo/" + DescriptorOf(LogFile))
            .First(l => l.StartsWith("flags:", StringComparison.Ordinal));

        const int CloseOnExec = 0x80000;
        Assert.That(Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec, Is.EqualTo(CloseOnExec), flags);
    }

    [Test]
    public void A_file_that_cannot_be_opened_is_refused_with_the_systems_reason()
    {
        string path = Path.Combine(_directory, "missing/x.log");

        LogSettingsException refusal = Assert.Throws<LogSettingsException>(() => DescriptorSink.OfFile(path));

        Assert.That(refusal.Error, Is.EqualTo(LogSettingsError.SystemError));
        Assert.That(refusal.Message, Is.EqualTo($"failed to open {path}: No such file or directory"));
    }

    [Test]
    public void A_full_disk_loses_the_line_and_nothing_else()
    {
        using var sink = DescriptorSink.OfFile("/dev/full");

        Assert.That(sink.Write(LogSample.Line("lost")), Is.False);
        Assert.That(sink.Write(LogSample.Line("lost too")), Is.False);
    }

    [Test]
    public void A_long_line_arrives_whole()
    {
        string text = new('x', 1_000_000);
        using (var sink = DescriptorSink.OfFile(LogFile))
        {
            sink.Write(LogSample.Line(text));
            sink.Write(LogSample.Line("short"));
        }

        string[] lines = File.ReadAllLines(LogFile, Encoding.UTF8);
        Assert.That(lines[0], Does.EndWith(text));
        Assert.That(lines[1], Does.EndWith(" : short"));
    }

    [Test]
    public unsafe void A_line_that_was_cut_short_is_ended_before_the_next()
    {
        int* ends = stackalloc int[2];
        Assert.That(LibC.pipe2(ends, LibC.O_CLOEXEC | LibC.O_NONBLOCK), Is.Zero);
        var reader = new Descriptor(ends[0]);
        using var sink = new DescriptorSink(PromptOutput.OfOwn(new Descriptor(ends[1])));
        byte[] content = new byte[1024 * 1024];

        Assert.That(sink.Write(LogSample.Line(new string('x', 1_000_000))), Is.False, "no pipe holds that much");
        Assert.That(sink.Write(LogSample.Line("lost")), Is.False);
        reader.ReadAll(content, out int cut);
        Assert.That(sink.Write(LogSample.Line("whole")), Is.True);
        Assert.That(sink.Write(LogSample.Line("next")), Is.True);
        reader.ReadAll(content.AsSpan(cut), out int rest);
        reader.Close();

        string[] lines = Encoding.UTF8.GetString(content, 0, cut + rest).Split('\n');
        Assert.That(lines, Has.Length.EqualTo(4));
        Assert.That(lines[0], Does.EndWith("xxx"));
        Assert.That(lines[1..], Is.EqualTo(new[] { LineOf("whole"), LineOf("next"), "" }));
    }

    [TestCase(true, TestName = "A_full_pipe_that_is_shared_loses_lines_and_holds_nobody_up")]
    [TestCase(false, TestName = "A_full_pipe_that_can_not_be_opened_again_loses_lines_and_holds_nobody_up")]
    [CancelAfter(20_000)]
    public unsafe void A_full_pipe_holds_nobody_up(bool opensAgain)
    {
        int* ends = stackalloc int[2];
        Assert.That(LibC.pipe2(ends, LibC.O_CLOEXEC), Is.Zero);
        var reader = new Descriptor(ends[0]);
        var shared = new Descriptor(ends[1]);
        using var sink = new DescriptorSink(opensAgain ? PromptOutput.OfShared(shared) : PromptOutput.OfPolled(shared));
        int lines = 0;
        var writing = Task.Run(() =>
        {
            while (sink.Write(LogSample.Line(new string('x', 100))))
            {
                lines++;
            }
        });

        bool hasEnded = writing.Wait(TimeSpan.FromSeconds(10));
        byte[] content = new byte[64 * 1024];
        _ = LibC.read(reader.Number, content, (nuint)content.Length);

        Assert.That(hasEnded, Is.True, "it waits for a reader");
        Assert.That(lines, Is.GreaterThan(300));
        Assert.That(sink.Write(LogSample.Line("room again")), Is.True);
        Assert.That(LibC.fcntl(shared.Number, GetStatusFlags, 0) & LibC.O_NONBLOCK, Is.Zero, "others who have it open see no change");
        shared.Close();
        reader.Close();
    }

    [Test]
    public unsafe void A_pipe_whose_reader_is_gone_loses_the_line_and_nothing_else([Values] bool opensAgain)
    {
        int* ends = stackalloc int[2];
        Assert.That(LibC.pipe2(ends, LibC.O_CLOEXEC), Is.Zero);
        var shared = new Descriptor(ends[1]);
        using var sink = new DescriptorSink(opensAgain ? PromptOutput.OfShared(shared) : PromptOutput.OfPolled(shared));
        new Descriptor(ends[0]).Close();

        Assert.That(sink.Write(LogSample.Line("lost")), Is.False);
        shared.Close();
    }

    [Test]
    [CancelAfter(20_000)]
    public void A_socket_that_nobody_reads_holds_nobody_up()
    {
        string path = Path.Combine(_directory, "socket");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var writer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        writer.Connect(new UnixDomainSocketEndPoint(path));
        using var sink = new DescriptorSink(PromptOutput.OfShared(new Descriptor((int)writer.Handle)));
        var writing = Task.Run(() =>
        {
            while (sink.Write(LogSample.Line(new string('x', 1000))))
            {
            }
        });

        Assert.That(writing.Wait(TimeSpan.FromSeconds(10)), Is.True, "it waits for a reader");
    }

    [Test]
    [CancelAfter(20_000)]
    public void A_log_file_that_is_a_FIFO_without_a_reader_is_not_waited_for()
    {
        Assert.That(Syscall.mkfifo(LogFile, FilePermissions.S_IRUSR | FilePermissions.S_IWUSR), Is.Zero);
        var opening = Task.Run(() => DescriptorSink.OfFile(LogFile));

        Assert.That(opening.Wait(TimeSpan.FromSeconds(10)), Is.True, "it waits for a reader");
        using DescriptorSink sink = opening.Result;
        Assert.That(sink.Write(LogSample.Line("for a reader to come")), Is.True);
    }

    private static string LineOf(string text) => $"2026-01-05 07:08:09.045+0000: 4711: warning : {text}";

    private static string DescriptorOf(string path) => Path.GetFileName(
        Directory.EnumerateFiles("/proc/self/fd").First(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName == path));
}
