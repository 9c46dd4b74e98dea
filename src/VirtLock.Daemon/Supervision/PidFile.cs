using System.Globalization;
using System.Text;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// The file that says which process serves, locked for as long as it does. The lock belongs to the descriptor, so a successor that inherits
/// it never was without; libvirt's daemon, which locks the same byte, sees it all the same.
/// </summary>
internal sealed class PidFile
{
    private const uint Mode = 0x1A4; // 0644

    private readonly FilePath _path;

    private PidFile(FilePath path, Descriptor descriptor)
    {
        _path = path;
        Descriptor = descriptor;
    }

    internal Descriptor Descriptor { get; }

    /// <summary>Takes the file and writes our pid into it.</summary>
    /// <exception cref="StartFailedException">Another process has it, or it can't be written.</exception>
    internal static PidFile Acquire(string name)
    {
        var path = new FilePath(name);
        while (true)
        {
            // Not to wait for a reader, should it be a FIFO.
            Descriptor descriptor = Descriptor.Open(path.NullTerminated, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_NONBLOCK, Mode);
            if (descriptor.IsNone)
            {
                throw Failure("open", name, LibC.LastError);
            }

            if (!FileLock.Set(descriptor, LockKind.OpenFileDescription, LockMode.Exclusive))
            {
                int errno = LibC.LastError;
                if (FileLock.IsConflict(errno) && FileLock.Conflicting(descriptor, LockMode.Exclusive) == LibC.F_RDLCK)
                {
                    descriptor.Close();
                    RemoveRead(path, name);
                    continue;
                }

                descriptor.Close();
                throw FileLock.IsConflict(errno)
                    ? new StartFailedException(
                        ExitCode.Failure,
                        $"PID file '{name}' is taken: another daemon holds it; stop that one, or name another file with --pid-file")
                    : Failure("lock", name, errno);
            }

            // Whoever had it before may have unlinked it between our open and our lock.
            if (FileStatus.Identify(descriptor) is { } opened && FileStatus.Identify(path) == opened)
            {
                Write(descriptor, name);
                return new PidFile(path, descriptor);
            }

            descriptor.Close();
        }
    }

    /// <summary>Goes on with the file that the predecessor holds.</summary>
    internal static PidFile Adopt(string name, Descriptor descriptor) => new(new FilePath(name), descriptor);

    internal void Remove()
    {
        _ = LibC.unlink(_path.NullTerminated);
        Descriptor.Close();
    }

    /// <summary>
    /// Takes a file away on which somebody has a read lock. That can be any user, as all may read the file, and no daemon, as those lock it
    /// exclusively. All who take one away do so one after the other, so that none takes the file that the one before has made.
    /// </summary>
    private static void RemoveRead(FilePath path, string name)
    {
        using var ours = new StartLock(name + ".lock");
        Descriptor descriptor = Descriptor.Open(path.NullTerminated, LibC.O_WRONLY);
        if (FileLock.Conflicting(descriptor, LockMode.Exclusive) == LibC.F_RDLCK)
        {
            _ = LibC.unlink(path.NullTerminated);
        }

        descriptor.Close();
    }

    private static void Write(Descriptor descriptor, string name)
    {
        // libvirt's daemon ends the number with nothing.
        byte[] text = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        int errno = LibC.ftruncate(descriptor.Number, 0) < 0 ? LibC.LastError : descriptor.WriteAll(text);
        if (errno != 0)
        {
            throw Failure("write", name, errno);
        }
    }

    private static StartFailedException Failure(string action, string name, int errno) =>
        new(ExitCode.Failure, $"Cannot {action} PID file '{name}': {ErrorText.Of(errno)}");
}
