using System.Globalization;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// Finds the process of this host that holds the first byte of a file, as far as <c>/proc</c> shows it: locks of other hosts and of FUSE
/// file systems appear nowhere. Reads all of <c>/proc/locks</c> and, for a lock that belongs to an open file description, what
/// <c>/proc</c> tells of the descriptors of every process, which can take long on a busy host: not for an event loop. It asks no file
/// system but <c>/proc</c>: the links in <c>/proc/PID/fd</c> are never followed, as what they lead to may be a mount that answers nobody.
/// </summary>
internal static class HolderSearch
{
    /// <returns>Null when no process of this host holds it, as far as we may look.</returns>
    /// <exception cref="IOException">It can't be looked up now, as when descriptors have run out.</exception>
    internal static LockHolder? Find(FileIdentity file)
    {
        string lockedFile = Name(file);
        bool isOpenFileDescription = false;
        foreach (string line in File.ReadAllLines("/proc/locks"))
        {
            if (HolderOf(line, lockedFile) is not { } pid)
            {
                continue;
            }

            if (pid > 0)
            {
                return LockHolder.OfProcess(pid, CommandOf(pid));
            }

            isOpenFileDescription = true;
        }

        return isOpenFileDescription ? FindDescriptor(lockedFile) : null;
    }

    /// <summary>As /proc/locks writes it: major and minor in hexadecimal, the inode in decimal (proc_locks(5)).</summary>
    internal static string Name(FileIdentity file)
    {
        // The kernel's own packing of st_dev: makedev(3).
        ulong major = ((file.Device >> 8) & 0xFFF) | ((file.Device >> 32) & 0xFFFF_F000);
        ulong minor = (file.Device & 0xFF) | ((file.Device >> 12) & 0xFFFF_FF00);
        return string.Create(CultureInfo.InvariantCulture, $"{major:x2}:{minor:x2}:{file.Inode}");
    }

    /// <summary>
    /// The pid in a line of /proc/locks if it is a lock on the file's first byte; -1 for one of an open file description.
    /// </summary>
    internal static int? HolderOf(string line, string lockedFile)
    {
        // 1: POSIX  ADVISORY  WRITE 1234 fd:00:5678 0 EOF; "->" before the kind marks one who waits.
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length >= 8 && fields[1] is "POSIX" or "OFDLCK" && fields[5] == lockedFile && fields[6] == "0"
            && int.TryParse(fields[4], CultureInfo.InvariantCulture, out int pid)
            ? pid
            : null;
    }

    private static LockHolder? FindDescriptor(string lockedFile)
    {
        foreach (string process in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process.AsSpan()), CultureInfo.InvariantCulture, out int pid)
                && OrEmpty(() => Directory.GetFiles($"{process}/fdinfo")).Any(
                    descriptor => HasLock(descriptor) && ReadLines(descriptor).Any(line => HoldsLock(line, lockedFile))))
            {
                return LockHolder.OfProcess(pid, CommandOf(pid));
            }
        }

        return null;
    }

    /// <summary>
    /// Whether a descriptor has any lock, which few have, found out without making text of what the others have. Locks come before what
    /// may be long, such as what an epoll instance watches.
    /// </summary>
    private static bool HasLock(string descriptor)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var file = Descriptor.Open(new FilePath(descriptor).NullTerminated, LibC.O_RDONLY);
        if (file.IsNone)
        {
            int errno = LibC.LastError;
            return errno is LibC.EMFILE or LibC.ENFILE ? throw new IOException(ErrorText.Of(errno)) : false;
        }

        _ = file.ReadAll(buffer, out int count);
        file.Close();
        return buffer[..count].IndexOf("lock:"u8) >= 0;
    }

    private static bool HoldsLock(string line, string lockedFile) =>
        line.StartsWith("lock:", StringComparison.Ordinal) && HolderOf(line["lock:".Length..], lockedFile) is not null;

    private static string CommandOf(int pid) => string.Concat(ReadLines($"/proc/{pid}/comm"));

    private static string[] ReadLines(string path) => OrEmpty(() => File.ReadAllLines(path));

    /// <summary>
    /// Processes come and go while we look, and others' are closed to an ordinary user: what can't be read holds nothing that can be named.
    /// </summary>
    private static string[] OrEmpty(Func<string[]> read)
    {
        try
        {
            return read();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
