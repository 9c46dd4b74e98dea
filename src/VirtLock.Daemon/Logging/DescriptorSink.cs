using System.Buffers;
using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>Lines to a descriptor: standard error or a file. Each line is one write(2), so that lines of several processes do not mix.</summary>
internal sealed class DescriptorSink : ILogSink
{
    private const int StandardError = 2;

    private readonly int _descriptor;
    private readonly bool _isOwned;
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private bool _lineIsOpen;

    private DescriptorSink(int descriptor, bool isOwned)
    {
        _descriptor = descriptor;
        _isOwned = isOwned;
    }

    public static DescriptorSink OfStandardError() => new(StandardError, isOwned: false);

    /// <summary>Opens a log file for appending and makes it when it is not there, readable by its owner only.</summary>
    /// <exception cref="LogSettingsException">The system refuses.</exception>
    public static unsafe DescriptorSink OfFile(string path)
    {
        const uint OwnerOnly = 0x180; // 0600
        int descriptor;
        int error;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = LibC.open(name, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_APPEND | LibC.O_CLOEXEC, OwnerOnly);
            error = LibC.LastError;
        }

        return descriptor >= 0
            ? new DescriptorSink(descriptor, isOwned: true)
            : throw new LogSettingsException(LogSettingsError.SystemError, $"failed to open {path}: {ErrorText.Of(error)}");
    }

    public bool Write(in LogLine line)
    {
        _buffer.ResetWrittenCount();
        if (_lineIsOpen)
        {
            // A full disk cut the line before this one short.
            _buffer.Write("\n"u8);
        }

        LogLineFormat.WriteTime(_buffer, line.UtcTime);
        LogLineFormat.WriteMessage(_buffer, line);
        return WriteOut(_buffer.WrittenSpan);
    }

    public void Dispose()
    {
        if (_isOwned)
        {
            _ = LibC.close(_descriptor);
        }
    }

    private unsafe bool WriteOut(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            int written = 0;
            while (written < bytes.Length)
            {
                nint count = LibC.write(_descriptor, start + written, (nuint)(bytes.Length - written));
                if (count > 0)
                {
                    written += (int)count;
                    _lineIsOpen = true;
                }
                else if (count == 0 || LibC.LastError != LibC.EINTR)
                {
                    return false;
                }
            }
        }

        _lineIsOpen = false;
        return true;
    }
}
