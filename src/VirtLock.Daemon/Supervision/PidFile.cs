using System.Globalization;
using System.Text;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>
/// The file that says which process serves, locked for as long as it does. The lock belongs to the descriptor, so an upgraded image that inherits it
/// never was without; libvirt's daemon, which locks the same byte, sees it all the same.
/// </summary>
internal sealed unsafe class PidFile
{
    private const uint Mode = 0x1A4; // 0644

    private readonly FilePath _path;

    private PidFile(FilePath path, int descriptor)
    {
        _path = path;
        Descriptor = descriptor;
    }

    internal int Descriptor { get; }

    /// <summary>Takes the file and writes our pid into it.</summary>
    /// <exception cref="StartFailedException">Another process has it, or it can't be written.</exception>
    internal static PidFile Acquire(string name)
    {
        var path = new FilePath(name);
        fixed (byte* pathname = path.NullTerminated)
        {
            while (true)
            {
                int descriptor = LibC.open(pathname, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_CLOEXEC, Mode);
                if (descriptor < 0)
                {
                    throw Failure("open", name);
                }

                if (!FileLock.Set(new Descriptor(descriptor), LockKind.OpenFileDescription, LockMode.Exclusive))
                {
                    throw FileLock.IsConflict(LibC.LastError)
                        ? new StartFailedException(ExitCode.Failure, $"PID file '{name}' is taken: another daemon holds it; stop that one, or name another file with --pid-file")
                        : Failure("lock", name);
                }

                // Whoever had it before may have unlinked it between our open and our lock.
                if (FileStatus.Identify(new Descriptor(descriptor)) is { } opened && FileStatus.Identify(path) == opened)
                {
                    Write(descriptor, name);
                    return new PidFile(path, descriptor);
                }

                _ = LibC.close(descriptor);
            }
        }
    }

    /// <summary>Goes on with the file that an earlier image of this process holds.</summary>
    internal static PidFile Adopt(string name, int descriptor) => new(new FilePath(name), descriptor);

    internal void Remove()
    {
        fixed (byte* pathname = _path.NullTerminated)
        {
            _ = LibC.unlink(pathname);
        }

        _ = LibC.close(Descriptor);
    }

    private static void Write(int descriptor, string name)
    {
        // libvirt's daemon ends the number with nothing.
        byte[] text = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        fixed (byte* bytes = text)
        {
            if (LibC.ftruncate(descriptor, 0) < 0 || LibC.write(descriptor, bytes, (nuint)text.Length) != text.Length)
            {
                throw Failure("write", name);
            }
        }
    }

    private static StartFailedException Failure(string action, string name) =>
        new(ExitCode.Failure, $"Cannot {action} PID file '{name}': {ErrorText.Of(LibC.LastError)}");
}
