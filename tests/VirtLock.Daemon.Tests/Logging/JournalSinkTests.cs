using System.Buffers.Binary;
using System.Text;
using VirtLock.Daemon.Logging;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Logging;

internal sealed unsafe class JournalSinkTests
{
    private Datagrams _journal;
    private JournalSink _sink;

    [SetUp]
    public void Start()
    {
        _journal = new Datagrams();
        _sink = new JournalSink(_journal.SocketPath);
    }

    [TearDown]
    public void End()
    {
        _sink.Dispose();
        _journal.Dispose();
    }

    [TestCase(LogPriority.Debug, 7)]
    [TestCase(LogPriority.Info, 6)]
    [TestCase(LogPriority.Warning, 4)]
    [TestCase(LogPriority.Error, 3)]
    public void An_entry_has_libvirts_fields(LogPriority priority, int severity)
    {
        Assert.That(_sink.Write(LogSample.Line("text", priority)), Is.True);

        Assert.That(
            Encoding.UTF8.GetString(_journal.Receive()),
            Is.EqualTo($"MESSAGE=text\nPRIORITY={severity}\nSYSLOG_FACILITY=3\nLIBVIRT_SOURCE=util.lockspace\nVIRTLOCK_EVENT=100\n"));
    }

    [Test]
    public void An_error_has_code_and_domain_too()
    {
        _sink.Write(LogSample.Line("text", LogPriority.Error, code: 42, domain: 7));

        Assert.That(Encoding.UTF8.GetString(_journal.Receive()), Does.EndWith("LIBVIRT_DOMAIN=7\nLIBVIRT_CODE=42\n"));
    }

    [Test]
    public void A_text_with_line_ends_is_told_by_its_length_in_bytes()
    {
        const string Text = "ä\nPRIORITY=0\n";
        _sink.Write(LogSample.Line(Text));

        byte[] entry = _journal.Receive();

        byte[] text = Encoding.UTF8.GetBytes(Text);
        byte[] expected = [.. "MESSAGE\n"u8, .. new byte[8], .. text, .. "\nPRIORITY=4\n"u8];
        BinaryPrimitives.WriteInt64LittleEndian(expected.AsSpan(8), text.Length);
        Assert.That(entry[..expected.Length], Is.EqualTo(expected));
    }

    [Test]
    public void An_entry_too_large_for_a_datagram_comes_as_a_sealed_file()
    {
        string text = new('x', 4 * 1024 * 1024);
        Assert.That(_sink.Write(LogSample.Line(text)), Is.True);

        int file = ReceiveDescriptor();
        try
        {
            using var stream = new FileStream($"/proc/self/fd/{file}", FileMode.Open, FileAccess.Read);
            using var reader = new StreamReader(stream);
            string entry = reader.ReadToEnd();
            const int GetSeals = 1034;
            Assert.That(entry, Does.StartWith("MESSAGE=xxx").And.EndWith("VIRTLOCK_EVENT=100\n"));
            Assert.That(entry, Has.Length.GreaterThan(text.Length));
            Assert.That(
                LibC.fcntl(file, GetSeals, (nint)0),
                Is.EqualTo(LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE));
        }
        finally
        {
            Assert.That(LibC.close(file), Is.Zero);
        }
    }

    [Test]
    public void A_journal_that_has_stopped_reading_is_not_waited_for()
    {
        const int MoreThanAnyQueue = 100_000;
        int written = 0;
        while (written < MoreThanAnyQueue && _sink.Write(LogSample.Line("text")))
        {
            written++;
        }

        Assert.That(written, Is.LessThan(MoreThanAnyQueue), "the queue never filled");
        _journal.Receive();
        Assert.That(_sink.Write(LogSample.Line("text")), Is.True, "reading makes room again");
    }

    [Test]
    public void A_journal_is_there_when_its_socket_can_be_written_to()
    {
        Assert.That(JournalSink.IsAvailable(_journal.SocketPath), Is.True);
        Assert.That(JournalSink.IsAvailable("/nonexistent/socket"), Is.False);
    }

    [Test]
    public void Without_a_journal_lines_are_lost_and_nothing_else()
    {
        using var sink = new JournalSink("/nonexistent/socket");

        Assert.That(sink.Write(LogSample.Line("lost")), Is.False);
    }

    private int ReceiveDescriptor()
    {
        ulong* control = stackalloc ulong[8];
        byte body;
        var vector = new LibC.iovec { iov_base = &body, iov_len = 1 };
        var message = new LibC.msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = 8 * sizeof(ulong) };
        nint count = LibC.recvmsg(_journal.Descriptor, &message, LibC.MSG_DONTWAIT | LibC.MSG_CMSG_CLOEXEC);
        Assert.That((long)count, Is.Zero, "the entry itself is in the file");
        var header = (LibC.cmsghdr*)control;
        Assert.That(header->cmsg_type, Is.EqualTo(LibC.SCM_RIGHTS));
        return *(int*)(header + 1);
    }
}
