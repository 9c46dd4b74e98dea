using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>When a process started, which tells it from an earlier or later one of the same pid: proc_pid_stat(5).</summary>
internal static class ProcessStart
{
    /// <summary>USER_HZ, which is the same on every processor that Linux shows to programs we run on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Of the fields behind the program's name, in parentheses, which may contain anything.</summary>
    private const int FieldOfStart = 19;

    /// <summary>Looks up when the process that has a pid now started.</summary>
    /// <param name="pid">The pid.</param>
    /// <param name="ticks">Clock ticks since the machine's start.</param>
    /// <returns>0; ESRCH when nobody has the pid; another errno when that can't be found out.</returns>
    internal static int Read(ProcessId pid, out ulong ticks)
    {
        ticks = 0;
        Span<byte> text = stackalloc byte[512];
        Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"/proc/{pid.Value}/stat\0", out int length);
        int errno = ReadFile(text[..length].ToArray(), text, out int count);
        if (errno != 0)
        {
            // Without the file there is no such process, unless there are no such files at all.
            return errno == LibC.ENOENT && LibC.access("/proc/self/stat\0"u8, 0) == 0 ? LibC.ESRCH : errno;
        }

        ReadOnlySpan<byte> fields = text[..count];
        fields = fields[(fields.LastIndexOf((byte)')') + 2)..];
        for (int field = 0; field < FieldOfStart; field++)
        {
            fields = fields[(fields.IndexOf((byte)' ') + 1)..];
        }

        return Utf8Parser.TryParse(fields, out ticks, out _) ? 0 : LibC.EIO;
    }

    /// <summary>As <see cref="Read"/>, and 0 for what was not found out.</summary>
    internal static ulong Of(ProcessId pid) => Read(pid, out ulong ticks) == 0 ? ticks : 0;

    /// <summary>Translates a start to the present clock; null when the machine does not say how long it has been up.</summary>
    internal static DateTimeOffset? TimeOf(ulong ticks, DateTimeOffset now)
    {
        Span<byte> text = stackalloc byte[64];
        return ReadFile([.. "/proc/uptime\0"u8], text, out int count) == 0
            && Utf8Parser.TryParse(text[..count], out double uptime, out _)
                ? now - TimeSpan.FromSeconds(uptime) + TimeSpan.FromSeconds(ticks / TicksPerSecond)
                : null;
    }

    private static int ReadFile(byte[] path, Span<byte> text, out int count)
    {
        count = 0;
        Descriptor file = DescriptorReserve.Open(() => Descriptor.Open(path, LibC.O_RDONLY));
        if (file.IsNone)
        {
            return LibC.LastError;
        }

        int errno = file.ReadAll(text, out count);
        file.Close();
        DescriptorReserve.Fill();
        return errno;
    }
}
