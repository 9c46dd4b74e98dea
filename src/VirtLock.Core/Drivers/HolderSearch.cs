using System.Globalization;
using VirtLock.Locking;

namespace VirtLock.Drivers;

/// <summary>
/// Finds the process of this host that holds the first byte of a file, as far as <c>/proc</c> shows it: locks of other hosts and of FUSE
/// file systems appear nowhere. Reads all of <c>/proc/locks</c> and, for a lock that belongs to an open file description, looks at the
/// descriptors of every process, which can take long on a busy host: not for an event loop.
/// </summary>
internal static class HolderSearch
{
    internal static LockHolder? Find(FileIdentity file)
    {
        string lockedFile = Name(file);
        bool isOpenFileDescription = false;
        foreach (string line in ReadLines("/proc/locks"))
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

        return isOpenFileDescription ? FindDescriptor(file, lockedFile) : null;
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

    private static LockHolder? FindDescriptor(FileIdentity file, string lockedFile)
    {
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process.AsSpan()), CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            foreach (string descriptor in Entries($"{process}/fd"))
            {
                if (IsFile(descriptor, file)
                    && ReadLines($"{process}/fdinfo/{Path.GetFileName(descriptor)}").Any(line => HoldsLock(line, lockedFile)))
                {
                    return LockHolder.OfProcess(pid, CommandOf(pid));
                }
            }
        }

        return null;
    }

    private static bool HoldsLock(string line, string lockedFile) =>
        line.StartsWith("lock:", StringComparison.Ordinal) && HolderOf(line["lock:".Length..], lockedFile) is not null;

    private static bool IsFile(string descriptor, FileIdentity file) => FileStatus.Identify(new FilePath(descriptor)) == file;

    private static string CommandOf(int pid) => string.Concat(ReadLines($"/proc/{pid}/comm"));

    private static string[] ReadLines(string path) => OrEmpty(() => File.ReadAllLines(path));

    private static string[] Entries(string directory) => OrEmpty(() => Directory.GetFiles(directory));

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
