using System.Buffers;
using System.Globalization;
using System.Text;

namespace VirtLock.Daemon.Logging;

/// <summary>The one-line form of a message. VirtLock's lines name no function, so that part of libvirt's form is not there.</summary>
internal static class LogLineFormat
{
    /// <summary>Writes <c>YYYY-MM-DD HH:MM:SS.mmm+0000: </c>.</summary>
    public static void WriteTime(IBufferWriter<byte> writer, DateTime utc)
    {
        Span<byte> span = writer.GetSpan(32);
        utc.TryFormat(span, out int length, "yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        writer.Advance(length);
        writer.Write("+0000: "u8);
    }

    /// <summary>Writes <c>THREAD: LEVEL : TEXT</c> and a line end.</summary>
    public static void WriteMessage(IBufferWriter<byte> writer, in LogLine line)
    {
        WriteNumber(writer, line.ThreadId);
        writer.Write(": "u8);
        writer.Write(line.Priority.Word);
        writer.Write(" : "u8);
        WriteOneLine(writer, line.Text);
        writer.Write("\n"u8);
    }

    public static void WriteNumber(IBufferWriter<byte> writer, int number)
    {
        number.TryFormat(writer.GetSpan(11), out int length, default, CultureInfo.InvariantCulture);
        writer.Advance(length);
    }

    /// <summary>
    /// Writes text with its control characters escaped: names come from clients, and one with a line end in it must not pass for a line of the log.
    /// </summary>
    private static void WriteOneLine(IBufferWriter<byte> writer, ReadOnlySpan<char> text)
    {
        while (true)
        {
            int control = IndexOfControl(text);
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

    private static int IndexOfControl(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is (< ' ' and not '\t') or '\x7f')
            {
                return i;
            }
        }

        return -1;
    }
}
