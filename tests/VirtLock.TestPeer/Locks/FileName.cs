using System.Runtime.InteropServices;

namespace VirtLock.TestPeer.Locks;

/// <summary>
/// Names of files and directories, changed by the system call itself: the class library would look first, and a race would not be one.
/// </summary>
internal static partial class FileName
{
    private const int OwnerOnly = 0b111_000_000;

    /// <returns>Whether it was not there.</returns>
    public static bool MakeDirectory(string path) => MakeDirectory(path, OwnerOnly) == 0;

    [LibraryImport("libc", EntryPoint = "rmdir", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "unlink", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Remove(string path);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string path);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "mkdir", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, int mode);
}
