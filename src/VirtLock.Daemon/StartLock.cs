using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon;

/// <summary>
/// Keeps other daemons of this user from the same step of their start. A lock on a file that nobody else may open, as anybody can lock what
/// he may read, and would stop every start by it; the file is gone when the step is over.
/// </summary>
internal sealed class StartLock : IDisposable
{
    private const uint Mode = 0x180; // 0600
    private const int Attempts = 50;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly FilePath _path;
    private readonly Descriptor _file;

    /// <param name="name">The file.</param>
    /// <exception cref="StartFailedException">It can't be made, or another process keeps it locked.</exception>
    internal StartLock(string name)
    {
        _path = new FilePath(name);

        // Others hold it for the time that a few system calls take.
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            _file = Descriptor.Open(_path.NullTerminated, LibC.O_RDWR | LibC.O_CREAT | LibC.O_NOFOLLOW, Mode);
            if (_file.IsNone)
            {
                throw new StartFailedException(ExitCode.Network, $"Cannot open '{name}': {ErrorText.Of(LibC.LastError)}");
            }

            bool isLocked = LibC.flock(_file.Number, LibC.LOCK_EX | LibC.LOCK_NB) == 0;

            // Who had it before may have removed it between our open and our lock.
            if (isLocked && FileStatus.Identify(_file) is { } opened && FileStatus.Identify(_path) == opened)
            {
                return;
            }

            _file.Close();
            if (!isLocked)
            {
                Thread.Sleep(Interval);
            }
        }

        throw new StartFailedException(
            ExitCode.Network, $"Another process keeps '{name}' locked; see `fuser {name}`, end it and start again");
    }

    public void Dispose()
    {
        _ = LibC.unlink(_path.NullTerminated);
        _file.Close();
    }
}
