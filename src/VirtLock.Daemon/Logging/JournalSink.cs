using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>Structured entries to journald, in its native protocol and with libvirt's field names.</summary>
internal sealed class JournalSink(string socketPath = JournalSink.DefaultSocketPath) : ILogSink
{
    internal const string DefaultSocketPath = "/run/systemd/journal/socket";

    private const int DaemonFacility = 3;

    private readonly UnixDatagram _datagram = new(socketPath);
    private readonly ArrayBufferWriter<byte> _buffer = new(512);

    /// <summary>Whether a journal listens at that path.</summary>
    public static bool IsAvailable(string socketPath = DefaultSocketPath) =>
        LibC.access(new FilePath(socketPath).NullTerminated, LibC.W_OK) == 0;

    public bool Write(in LogLine line)
    {
        _buffer.ResetWrittenCount();
        AddField("MESSAGE"u8, line.Text);
        AddField("PRIORITY"u8, line.Priority.Severity);
        AddField("SYSLOG_FACILITY"u8, DaemonFacility);
        AddField("LIBVIRT_SOURCE"u8, line.Category);
        if (line.EventId != 0)
        {
            AddField("VIRTLOCK_EVENT"u8, line.EventId);
        }

        if (line.ErrorCode is { } code)
        {
            AddField("LIBVIRT_DOMAIN"u8, line.ErrorDomain ?? 0);
            AddField("LIBVIRT_CODE"u8, code);
        }

        // What a datagram can't hold, or the socket's buffer, goes as a file.
        int error = _datagram.Send(_buffer.WrittenSpan);
        return error == 0 || (error is LibC.EMSGSIZE or LibC.ENOBUFS && SendAsFile(_buffer.WrittenSpan));
    }

    public void Dispose() => _datagram.Dispose();

    private void AddField(ReadOnlySpan<byte> name, int value) => AddField(name, value.ToString(CultureInfo.InvariantCulture));

    private void AddField(ReadOnlySpan<byte> name, string value)
    {
        _buffer.Write(name);
        if (!value.Contains('\n', StringComparison.Ordinal))
        {
            _buffer.Write("="u8);
        }
        else
        {
            // A value with line ends is told by its length instead.
            _buffer.Write("\n"u8);
            BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(sizeof(ulong)), (ulong)Encoding.UTF8.GetByteCount(value));
            _buffer.Advance(sizeof(ulong));
        }

        Encoding.UTF8.GetBytes(value, _buffer);
        _buffer.Write("\n"u8);
    }

    private bool SendAsFile(ReadOnlySpan<byte> entry)
    {
        // journald takes a file only when nobody can change it any more.
        const int Seals = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE;
        var file = new Descriptor(LibC.memfd_create("virtlockd-journal-entry\0"u8, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING));
        bool isSent = !file.IsNone
            && file.WriteAll(entry) == 0
            && LibC.fcntl(file.Number, LibC.F_ADD_SEALS, Seals) == 0
            && _datagram.SendDescriptor(file) == 0;
        file.Close();
        return isSent;
    }
}
