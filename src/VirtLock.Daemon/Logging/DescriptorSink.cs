using System.Buffers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// Lines to a descriptor: standard error or a file. Each line is one write(2), so that lines of several processes do not mix.
/// </summary>
internal sealed class DescriptorSink : ILogSink
{
    private const int StandardError = 2;

    private readonly Descriptor _descriptor;
    private readonly bool _isOwned;
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private bool _lineIsOpen;

    internal DescriptorSink(Descriptor descriptor, bool isOwned)
    {
        _descriptor = descriptor;
        _isOwned = isOwned;
    }

    public static DescriptorSink OfStandardError() => new(new Descriptor(StandardError), isOwned: false);

    /// <summary>Opens a log file for appending and makes it when it is not there, readable by its owner only.</summary>
    /// <exception cref="LogSettingsException">The system refuses.</exception>
    public static DescriptorSink OfFile(string path)
    {
        const uint OwnerOnly = 0x180; // 0600
        var file = Descriptor.Open(new FilePath(path).NullTerminated, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_APPEND, OwnerOnly);
        return file.IsNone
            ? throw new LogSettingsException(LogSettingsError.SystemError, $"failed to open {path}: {ErrorText.Of(LibC.LastError)}")
            : new DescriptorSink(file, isOwned: true);
    }

    public bool Write(in LogLine line)
    {
        _buffer.ResetWrittenCount();
        if (_lineIsOpen)
        {
            // A full disk cut the line before this one short.
            _buffer.Write("\n"u8);
        }

        line.WriteTime(_buffer);
        line.WriteMessage(_buffer);
        bool isWhole = _descriptor.WriteAll(_buffer.WrittenSpan, out int written) == 0;
        _lineIsOpen = !isWhole && (_lineIsOpen || written > 0);
        return isWhole;
    }

    public void Dispose()
    {
        if (_isOwned)
        {
            _descriptor.Close();
        }
    }
}
