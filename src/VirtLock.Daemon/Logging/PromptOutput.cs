using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// An open file that is written to without ever waiting for room: a pipe that nobody reads and a terminal that is stopped must not stop
/// the locks. Standard error is shared with others, who would see it if it were made non-blocking, so it is opened once more for us alone.
/// </summary>
internal sealed unsafe class PromptOutput : IDisposable
{
    /// <summary>PIPE_BUF of limits.h: what goes into a pipe as a whole, and has room in one that poll(2) calls writable.</summary>
    private const int PipeBuffer = 4096;

    private readonly Descriptor _descriptor;
    private readonly bool _isOwned;
    private readonly Way _way;

    private PromptOutput(Descriptor descriptor, bool isOwned, Way way)
    {
        _descriptor = descriptor;
        _isOwned = isOwned;
        _way = way;
    }

    private enum Way
    {
        /// <summary>The file waits for nobody, or says EAGAIN instead.</summary>
        Write,

        Send,

        /// <summary>The file is shared and could not be opened once more: it is asked for room first.</summary>
        PollAndWrite,
    }

    /// <summary>A file that was opened by us, and non-blocking.</summary>
    internal static PromptOutput OfOwn(Descriptor descriptor) => new(descriptor, isOwned: true, Way.Write);

    /// <summary>A file that others have open as well.</summary>
    internal static PromptOutput OfShared(Descriptor descriptor)
    {
        LibC.statx_t status = default;
        _ = LibC.statx(descriptor.Number, "\0"u8, LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &status);
        switch (status.stx_mode & LibC.S_IFMT)
        {
            case LibC.S_IFREG:
                return new PromptOutput(descriptor, isOwned: false, Way.Write);
            case LibC.S_IFSOCK:
                return new PromptOutput(descriptor, isOwned: false, Way.Send);
            default:
                byte[] path = Encoding.ASCII.GetBytes($"/proc/self/fd/{descriptor}\0");
                var own = Descriptor.Open(path, LibC.O_WRONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY);
                return own.IsNone ? new PromptOutput(descriptor, isOwned: false, Way.PollAndWrite) : OfOwn(own);
        }
    }

    /// <summary>A file that others have open as well, as it is served where it can't be opened once more.</summary>
    internal static PromptOutput OfPolled(Descriptor descriptor) => new(descriptor, isOwned: false, Way.PollAndWrite);

    /// <summary>Writes what there is room for now.</summary>
    /// <param name="bytes">What to write.</param>
    /// <param name="count">How much was written.</param>
    /// <returns>Whether that was all.</returns>
    internal bool Write(ReadOnlySpan<byte> bytes, out int count)
    {
        count = 0;
        while (count < bytes.Length)
        {
            nint written = WriteOnce(bytes[count..]);
            if (written > 0)
            {
                count += (int)written;
            }
            else if (written == 0 || LibC.LastError != LibC.EINTR)
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose()
    {
        if (_isOwned)
        {
            _descriptor.Close();
        }
    }

    private nint WriteOnce(ReadOnlySpan<byte> bytes)
    {
        switch (_way)
        {
            case Way.Send:
                return LibC.send(_descriptor.Number, bytes, (nuint)bytes.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            case Way.PollAndWrite:
                var asked = new LibC.pollfd { fd = _descriptor.Number, events = LibC.POLLOUT };
                if (LibC.poll(&asked, 1, 0) <= 0 || (asked.revents & LibC.POLLOUT) == 0)
                {
                    return 0;
                }

                bytes = bytes[..Math.Min(bytes.Length, PipeBuffer)];
                break;
        }

        return LibC.write(_descriptor.Number, bytes, (nuint)bytes.Length);
    }
}
