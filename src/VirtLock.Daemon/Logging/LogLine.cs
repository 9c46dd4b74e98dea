using System.Buffers;
using System.Globalization;
using System.Text;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// One message on its way to the outputs, and its form in one line. VirtLock's lines name no function, so that part of libvirt's form is
/// not there.
/// </summary>
internal readonly ref struct LogLine
{
    private const int TimeLength = 23;

    /// <summary>The control characters of ASCII but the tab.</summary>
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x80).Select(static code => (char)code).Where(static c => char.IsControl(c) && c != '\t')]);

    public required DateTime UtcTime { get; init; }

    public required LogPriority Priority { get; init; }

    /// <summary>The kernel's number of the thread, which is the process's in the main thread.</summary>
    public required int ThreadId { get; init; }

    public required string Category { get; init; }

    public required string Text { get; init; }

    /// <summary>The message's number in <see cref="LogMessages"/>; 0 for those that have none.</summary>
    public int EventId { get; init; }

    /// <summary>The error code that a client was answered with, if the line tells of one.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>The domain of <see cref="ErrorCode"/>.</summary>
    public int? ErrorDomain { get; init; }

    /// <summary>Writes <c>YYYY-MM-DD HH:MM:SS.mmm+0000: </c>.</summary>
    public void WriteTime(IBufferWriter<byte> writer)
    {
        // Digit by digit: the format string "yyyy-MM-dd HH:mm:ss.fff" costs more than the rest of a line.
        Span<byte> span = writer.GetSpan(TimeLength);
        WriteDigits(span[..4], UtcTime.Year);
        WriteDigits(span.Slice(5, 2), UtcTime.Month);
        WriteDigits(span.Slice(8, 2), UtcTime.Day);
        WriteDigits(span.Slice(11, 2), UtcTime.Hour);
        WriteDigits(span.Slice(14, 2), UtcTime.Minute);
        WriteDigits(span.Slice(17, 2), UtcTime.Second);
        WriteDigits(span.Slice(20, 3), UtcTime.Millisecond);
        (span[4], span[7], span[10], span[13], span[16], span[19]) = ((byte)'-', (byte)'-', (byte)' ', (byte)':', (byte)':', (byte)'.');
        writer.Advance(TimeLength);
        writer.Write("+0000: "u8);
    }

    /// <summary>Writes <c>THREAD: LEVEL : TEXT</c> and a line end.</summary>
    public void WriteMessage(IBufferWriter<byte> writer)
    {
        WriteNumber(writer, ThreadId);
        writer.Write(": "u8);
        writer.Write(Priority.Word);
        writer.Write(" : "u8);
        WriteOneLine(writer, Text);
        writer.Write("\n"u8);
    }

    public static void WriteNumber(IBufferWriter<byte> writer, int number)
    {
        number.TryFormat(writer.GetSpan(11), out int length, default, CultureInfo.InvariantCulture);
        writer.Advance(length);
    }

    /// <summary>
    /// Writes text with its control characters escaped: names come from clients, and one with a line end in it must not pass for a line of
    /// the log.
    /// </summary>
    private static void WriteOneLine(IBufferWriter<byte> writer, ReadOnlySpan<char> text)
    {
        while (true)
        {
            int control = text.IndexOfAny(Controls);
            Encoding.UTF8.GetBytes(control < 0 ? text : text[..control], writer);
            if (control < 0)
            {
                return;
            }

            switch (text[control])
            {
                case '\n':
                    writer.Write("\\n"u8);
                    break;
                case '\r':
                    writer.Write("\\r"u8);
                    break;
                default:
                    writer.Write("\\x"u8);
                    ((byte)text[control]).TryFormat(writer.GetSpan(2), out int length, "x2", CultureInfo.InvariantCulture);
                    writer.Advance(length);
                    break;
            }

            text = text[(control + 1)..];
        }
    }

    private static void WriteDigits(Span<byte> digits, int number)
    {
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            (number, int digit) = int.DivRem(number, 10);
            digits[i] = (byte)('0' + digit);
        }
    }
}
