using System.Text;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>Names and files in memory. Methods answer with an errno, 0 for success. Not safe for several threads.</summary>
internal sealed class InMemoryDisk
{
    /// <summary>Null for a directory. Latin-1 keeps names apart that differ in any byte.</summary>
    private readonly Dictionary<string, InMemoryFile?> _names = new() { [string.Empty] = null };
    private readonly Dictionary<FileIdentity, InMemoryFile> _files = [];
    private ulong _lastInode;
    private int _lastHold;

    internal static FilePath ParentOf(FilePath path)
    {
        ReadOnlySpan<byte> bytes = path.Bytes.TrimEnd((byte)'/');
        int end = bytes.LastIndexOf((byte)'/');
        return new FilePath(end > 0 ? bytes[..end] : "/"u8);
    }

    internal bool Exists(FilePath path) => _names.ContainsKey(NameOf(path));

    internal (InMemoryFile? File, int Errno) Open(FilePath path, bool create)
    {
        string name = NameOf(path);
        int errno = Look(path, name, out InMemoryFile? file);
        if (errno != LibC.ENOENT || !create || path.Bytes.IsEmpty || Look(ParentOf(path), NameOf(ParentOf(path)), out _) != LibC.EISDIR)
        {
            return (file, errno);
        }

        // A device number of its own, far from any real one.
        file = new InMemoryFile(new FileIdentity(ulong.MaxValue, ++_lastInode)) { Names = 1 };
        _names.Add(name, file);
        _files.Add(file.Identity, file);
        return (file, 0);
    }

    internal int Link(FilePath existing, FilePath path)
    {
        (InMemoryFile? file, int errno) = Open(existing, create: false);
        if (file is null)
        {
            return errno;
        }

        if (Look(ParentOf(path), NameOf(ParentOf(path)), out _) != LibC.EISDIR)
        {
            return LibC.ENOENT;
        }

        if (!_names.TryAdd(NameOf(path), file))
        {
            return LibC.EEXIST;
        }

        file.Names++;
        return 0;
    }

    internal int Unlink(FilePath path)
    {
        string name = NameOf(path);
        int errno = Look(path, name, out InMemoryFile? file);
        if (file is not null)
        {
            _names.Remove(name);
            file.Names--;
            Forget(file);
        }

        return errno;
    }

    /// <returns>EEXIST when the last name is that of a file.</returns>
    internal int MakeDirectory(FilePath path)
    {
        if (path.Bytes.IsEmpty)
        {
            return LibC.ENOENT;
        }

        string name = NameOf(path);
        for (int end = 0; end >= 0 && end < name.Length;)
        {
            end = name.IndexOf('/', end + 1);
            string part = end < 0 ? name : name[..end];
            if (!_names.TryAdd(part, null) && _names[part] is not null)
            {
                return end < 0 ? LibC.EEXIST : LibC.ENOTDIR;
            }
        }

        return 0;
    }

    internal InMemoryFile FileOf(FileIdentity identity) => _files[identity];

    internal int NextHold(InMemoryFile file)
    {
        file.Holds.Add(--_lastHold);
        return _lastHold;
    }

    internal void Forget(InMemoryFile file)
    {
        if (file is { Names: 0, Holds.Count: 0 })
        {
            _files.Remove(file.Identity);
        }
    }

    private int Look(FilePath path, string name, out InMemoryFile? file)
    {
        if (_names.TryGetValue(name, out file) && !path.Bytes.IsEmpty)
        {
            return file is null ? LibC.EISDIR : 0;
        }

        for (int end = name.LastIndexOf('/'); end > 0; end = name.LastIndexOf('/', end - 1))
        {
            if (_names.TryGetValue(name[..end], out InMemoryFile? parent))
            {
                return parent is null ? LibC.ENOENT : LibC.ENOTDIR;
            }
        }

        return LibC.ENOENT;
    }

    /// <summary>Without what changes nothing: <c>//</c>, <c>/./</c> and, as there are no symbolic links, <c>name/..</c>.</summary>
    private static string NameOf(FilePath path)
    {
        List<string> parts = [];
        foreach (string part in Encoding.Latin1.GetString(path.Bytes).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Concat(parts.Select(static part => '/' + part));
    }
}
