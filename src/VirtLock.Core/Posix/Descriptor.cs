namespace VirtLock.Posix;

/// <summary>
/// The number of an open file, or none. A value: a copy is the same open file, and closing it is the business of the one who was given it
/// to keep. After a call that failed, <see cref="LibC.LastError"/> has the reason.
/// </summary>
internal readonly record struct Descriptor
{
    /// <summary>One more than the number, so that the default value is none and not stdin.</summary>
    private readonly int _next;

    /// <param name="number">What a system call returned: negative for none.</param>
    internal Descriptor(int number) => _next = Math.Max(number, -1) + 1;

    internal static Descriptor None => default;

    internal bool IsNone => _next == 0;

    /// <summary>As system calls take it; -1 for none.</summary>
    internal int Number => _next - 1;

    /// <summary>Opens a file, close-on-exec: open(2).</summary>
    /// <param name="path">The path, ended by NUL.</param>
    /// <param name="flags">O_RDONLY and the like.</param>
    /// <param name="mode">The mode of a file that is created.</param>
    /// <returns>None when it failed.</returns>
    internal static Descriptor Open(ReadOnlySpan<byte> path, int flags, uint mode = 0) =>
        new(LibC.open(path, flags | LibC.O_CLOEXEC, mode));

    /// <summary>Closes the file, for the kernel does so whatever close(2) returns. None is left alone.</summary>
    internal void Close()
    {
        if (!IsNone)
        {
            _ = LibC.close(Number);
        }
    }

    /// <summary>Has the next execve close this descriptor, or keep it.</summary>
    /// <returns>False when it is not open.</returns>
    internal bool SetCloseOnExec(bool closes = true) => LibC.fcntl(Number, LibC.F_SETFD, closes ? LibC.FD_CLOEXEC : 0) == 0;

    /// <summary>Writes all of it, however many calls that takes.</summary>
    /// <returns>0, or the errno.</returns>
    internal int WriteAll(ReadOnlySpan<byte> bytes) => WriteAll(bytes, out _);

    /// <summary>Writes all of it, however many calls that takes.</summary>
    /// <param name="bytes">What to write.</param>
    /// <param name="count">How much was written.</param>
    /// <returns>0, or the errno.</returns>
    internal int WriteAll(ReadOnlySpan<byte> bytes, out int count)
    {
        count = 0;
        while (count < bytes.Length)
        {
            nint written = LibC.write(Number, bytes[count..], (nuint)(bytes.Length - count));
            if (written > 0)
            {
                count += (int)written;
            }
            else if (written == 0)
            {
                // write(2) promises nothing for a device that takes nothing: better an error than to ask it for ever.
                return LibC.EIO;
            }
            else if (LibC.LastError is not LibC.EINTR and var errno)
            {
                return errno;
            }
        }

        return 0;
    }

    /// <summary>Reads until the buffer is full or the file is at its end.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="count">How much was read.</param>
    /// <returns>0, or the errno.</returns>
    internal int ReadAll(Span<byte> buffer, out int count)
    {
        count = 0;
        while (count < buffer.Length)
        {
            nint read = LibC.read(Number, buffer[count..], (nuint)(buffer.Length - count));
            if (read == 0)
            {
                break;
            }

            if (read > 0)
            {
                count += (int)read;
            }
            else if (LibC.LastError is not LibC.EINTR and var errno)
            {
                return errno;
            }
        }

        return 0;
    }

    /// <summary>The number, for messages.</summary>
    /// <returns>The decimal digits.</returns>
    public override string ToString() => Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
