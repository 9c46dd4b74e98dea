using System.Diagnostics.CodeAnalysis;
using Mono.Unix.Native;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// The file in which one image leaves its snapshot for the next. It says which descriptors are whose, so it is made anew for us alone, and taken only
/// from us.
/// </summary>
internal sealed unsafe class StateFile(string name)
{
    private const uint Mode = 0x180; // 0600

    private readonly FilePath _path = new(name);

    internal string Name { get; } = name;

    /// <summary>Writes a new file; whatever was there is removed first.</summary>
    /// <returns>Null, or what went wrong; then there is no file.</returns>
    internal string? Write(ReadOnlySpan<byte> document)
    {
        Remove();
        int descriptor;
        fixed (byte* path = _path.NullTerminated)
        {
            descriptor = LibC.open(
                path, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, Mode);
        }

        if (descriptor < 0)
        {
            return $"cannot create '{Name}': {ErrorText.Of(LibC.LastError)}";
        }

        while (!document.IsEmpty)
        {
            fixed (byte* bytes = document)
            {
                nint written = LibC.write(descriptor, bytes, (nuint)document.Length);
                if (written < 0)
                {
                    int errno = LibC.LastError;
                    _ = LibC.close(descriptor);
                    Remove();
                    return $"cannot write '{Name}': {ErrorText.Of(errno)}";
                }

                document = document[(int)written..];
            }
        }

        _ = LibC.close(descriptor);
        return null;
    }

    /// <summary>Reads the file if there is one that can be trusted.</summary>
    /// <param name="document">Its content.</param>
    /// <param name="reason">Why there is none to be had; null when there is no file at all.</param>
    /// <returns>Whether there is a document.</returns>
    internal bool TryRead([NotNullWhen(true)] out byte[]? document, out string? reason)
    {
        document = null;
        reason = null;
        int descriptor;
        fixed (byte* path = _path.NullTerminated)
        {
            // Not to wait for a writer, should it be a FIFO.
            descriptor = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, 0);
        }

        if (descriptor < 0)
        {
            int errno = LibC.LastError;
            reason = errno == LibC.ENOENT ? null : errno == LibC.ELOOP ? "it is a symbolic link" : ErrorText.Of(errno);
            return false;
        }

        reason = Distrust(descriptor, out long size);
        if (reason is null)
        {
            document = ReadAll(descriptor, (int)size);
        }

        _ = LibC.close(descriptor);
        return document is not null;
    }

    /// <summary>Takes a document that is of no use out of the way, for whoever wants to know why.</summary>
    /// <returns>Where it is now.</returns>
    internal string SetAside()
    {
        string aside = Name + ".rejected";
        fixed (byte* from = _path.NullTerminated, to = new FilePath(aside).NullTerminated)
        {
            if (LibC.rename(from, to) < 0)
            {
                _ = LibC.unlink(from);
            }
        }

        return aside;
    }

    internal void Remove()
    {
        fixed (byte* path = _path.NullTerminated)
        {
            _ = LibC.unlink(path);
        }
    }

    private static string? Distrust(int descriptor, out long size)
    {
        size = 0;
        if (Syscall.fstat(descriptor, out Stat status) < 0)
        {
            return ErrorText.Of((int)Stdlib.GetLastError());
        }

        size = status.st_size;
        if ((status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFREG)
        {
            return "it is no regular file";
        }

        if (status.st_uid != LibC.geteuid())
        {
            return $"it belongs to uid {status.st_uid}";
        }

        if ((status.st_mode & (FilePermissions.S_IWGRP | FilePermissions.S_IWOTH)) != 0)
        {
            return "others may write to it";
        }

        return size > SnapshotReader.MaximumLength ? $"its size of {size} bytes is over the limit of {SnapshotReader.MaximumLength}" : null;
    }

    private static byte[] ReadAll(int descriptor, int size)
    {
        var document = new byte[size];
        int length = 0;
        fixed (byte* bytes = document)
        {
            while (length < size)
            {
                nint count = LibC.read(descriptor, bytes + length, (nuint)(size - length));
                if (count <= 0)
                {
                    break;
                }

                length += (int)count;
            }
        }

        return length == size ? document : document[..length];
    }
}
