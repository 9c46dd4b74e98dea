using System.Buffers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// Lines to a descriptor: standard error or a file. Each line is one write(2), so that lines of several processes do not mix. A line for
/// which there is no room now is lost, and counted.
/// </summary>
internal sealed class DescriptorSink : ILogSink
{
    private const int StandardError = 2;

    private readonly PromptOutput _output;
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private bool _lineIsOpen;

    internal DescriptorSink(PromptOutput output) => _output = output;

    public static DescriptorSink OfStandardError() => new(PromptOutput.OfShared(new Descriptor(StandardError)));

    /// <summary>Opens a log file for appending and makes it when it is not there, readable by its owner only.</summary>
    /// <exception cref="LogSettingsException">The system refuses.</exception>
    public static DescriptorSink OfFile(string path)
    {
        const uint OwnerOnly = 0x180; // 0600
        const int Flags = LibC.O_CREAT | LibC.O_APPEND | LibC.O_NONBLOCK | LibC.O_NOCTTY;
        var name = new FilePath(path);
        var file = Descriptor.Open(name.NullTerminated, LibC.O_WRONLY | Flags, OwnerOnly);
        if (file.IsNone && LibC.LastError == LibC.ENXIO)
        {
            // A FIFO that nobody reads yet. Who opens it for both is let in at once: fifo(7).
            file = Descriptor.Open(name.NullTerminated, LibC.O_RDWR | Flags, OwnerOnly);
        }

        return file.IsNone
            ? throw new LogSettingsException(LogSettingsError.SystemError, $"failed to open {path}: {ErrorText.Of(LibC.LastError)}")
            : new DescriptorSink(PromptOutput.OfOwn(file));
    }

    public bool Write(in LogLine line)
    {
        _buffer.ResetWrittenCount();
        if (_lineIsOpen)
        {
            // A full disk or pipe cut the line before this one short.
            _buffer.Write("\n"u8);
        }

        line.WriteTime(_buffer);
        line.WriteMessage(_buffer);
        bool isWhole = _output.Write(_buffer.WrittenSpan, out int written);
        _lineIsOpen = !isWhole && (_lineIsOpen || written > 0);
        return isWhole;
    }

    public void Dispose() => _output.Dispose();
}
