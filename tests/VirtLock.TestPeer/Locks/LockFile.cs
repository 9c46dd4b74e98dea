using System.Runtime.InteropServices;

namespace VirtLock.TestPeer.Locks;

/// <summary>
/// An open file with a byte-range lock of its own. The class library's file streams are no use here: they lock behind their user's back.
/// </summary>
internal sealed unsafe partial class LockFile : IDisposable
{
    private const int O_RDWR = 2;
    private const int O_CREAT = 0x40;
    private const int O_CLOEXEC = 0x80000;
    private const int OwnersOnly = 0b110_000_000;

    /// <summary>The size of struct stat, and where the inode stands in it: the same on x86-64 and arm64.</summary>
    private const int StatusSize = 144;
    private const int InodeOffset = 8;
    private const int F_SETLK = 6;
    private const int F_OFD_GETLK = 36;
    private const int F_OFD_SETLK = 37;
    private const short F_RDLCK = 0;
    private const short F_WRLCK = 1;
    private const short F_UNLCK = 2;
    private const int EACCES = 13;
    private const int EAGAIN = 11;

    private int _descriptor;

    public LockFile(string path, bool mayCreate = false)
    {
        _descriptor = Open(path, O_RDWR | O_CLOEXEC | (mayCreate ? O_CREAT : 0), OwnersOnly);
        if (_descriptor < 0)
        {
            throw new IOException($"open {path} failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    public int Descriptor => _descriptor;

    /// <summary>Whether the name leads to this very file.</summary>
    public bool IsNamed(string path)
    {
        byte* own = stackalloc byte[StatusSize];
        byte* named = stackalloc byte[StatusSize];
        Check(StatusOf(_descriptor, own), "fstat");
        return StatusOf(path, named) == 0 && *(ulong*)(own + InodeOffset) == *(ulong*)(named + InodeOffset);
    }

    /// <summary>What stands in the way of an exclusive lock on the range: the locks of everybody but this descriptor.</summary>
    public LockState Probe(long start = 0, long length = 1)
    {
        FileLock range = new() { Type = F_WRLCK, Start = start, Length = length };
        Check(Control(_descriptor, F_OFD_GETLK, &range), "F_OFD_GETLK");
        return range.Type switch
        {
            F_UNLCK => LockState.Free,
            F_RDLCK => LockState.Shared,
            _ => LockState.Exclusive,
        };
    }

    public bool TryLock(LockKind kind, bool shared, long start = 0, long length = 1)
    {
        FileLock range = new() { Type = shared ? F_RDLCK : F_WRLCK, Start = start, Length = length };
        if (Control(_descriptor, kind == LockKind.Posix ? F_SETLK : F_OFD_SETLK, &range) == 0)
        {
            return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno is EACCES or EAGAIN ? false : throw new IOException($"Locking failed with errno {errno}.");
    }

    /// <summary>
    /// Moves the file to a descriptor of this number, which an executed program inherits. To be called before locking: POSIX locks would be
    /// lost.
    /// </summary>
    public void MoveTo(int number)
    {
        Check(Duplicate(_descriptor, number) == number ? 0 : -1, "dup2");
        _ = Close(_descriptor);
        _descriptor = number;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Close(_descriptor);
            _descriptor = -1;
        }
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new IOException($"{call} failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, FileLock* range);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int StatusOf(int descriptor, byte* status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Pid;
    }
}
