using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// The file in which libvirt's daemon and ours leave their snapshot for each other. It says which descriptors are whose, so it is made anew
/// for us alone, and taken only from us. What another living process left there is not touched.
/// </summary>
internal sealed unsafe class StateFile(string name)
{
    private const uint Mode = 0x180; // 0600

    private readonly FilePath _path = new(name);

    internal string Name { get; } = name;

    /// <summary>Where a file that is of no use is put, for whoever wants to know why.</summary>
    internal string NameAside => Name + ".rejected";

    /// <summary>Writes a new file, which is there whole or not at all; whatever was there is removed first.</summary>
    /// <returns>Null, or what went wrong; then there is no file.</returns>
    internal string? Write(ReadOnlySpan<byte> document)
    {
        if (OtherLivingWriter() is { } pid)
        {
            return $"'{Name}' is that of process {pid}, which lives";
        }

        Remove();
        var unfinished = new FilePath(Name + ".new");
        _ = LibC.unlink(unfinished.NullTerminated);
        var file = Descriptor.Open(unfinished.NullTerminated, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW, Mode);
        if (file.IsNone)
        {
            return $"cannot create '{Name}': {ErrorText.Of(LibC.LastError)}";
        }

        int errno = file.WriteAll(document);
        file.Close();
        string? failure = errno != 0 ? $"cannot write '{Name}': {ErrorText.Of(errno)}"
            : LibC.link(unfinished.NullTerminated, _path.NullTerminated) < 0 ? $"cannot create '{Name}': {ErrorText.Of(LibC.LastError)}"
            : null;
        _ = LibC.unlink(unfinished.NullTerminated);
        return failure;
    }

    /// <summary>Finds the snapshot that this process left before it executed its successor, which is us.</summary>
    /// <returns>
    /// Null when there is none; anything else that lies in its place is set aside, and the start goes on without. Only what another process
    /// left that lives stays where it is: that one may be about to read it.
    /// </returns>
    internal Snapshot? Find(ILogger logger)
    {
        Snapshot? snapshot = Read(Environment.ProcessId, out string? reason);
        if (reason is not null)
        {
            if (OtherLivingWriter() is { } pid)
            {
                logger.StateFileLeftAlone(Name, pid);
            }
            else
            {
                SetAside();
                logger.StateFileSetAside(Name, NameAside, reason);
            }
        }

        return snapshot;
    }

    /// <summary>Reads the file if there is one that can be trusted.</summary>
    /// <param name="pid">The reading process.</param>
    /// <param name="reason">Why there is no snapshot to be had; null when there is one, or no file at all.</param>
    internal Snapshot? Read(int pid, out string? reason)
    {
        byte[]? document = ReadTrusted(out reason);
        if (document is null)
        {
            return null;
        }

        try
        {
            var snapshot = Snapshot.Read(document, pid);
            reason = snapshot is null ? "another process left it" : null;
            return snapshot;
        }
        catch (SnapshotFormatException malformed)
        {
            reason = malformed.Message;
            return null;
        }
    }

    internal void Remove() => _ = LibC.unlink(_path.NullTerminated);

    private void SetAside()
    {
        if (LibC.rename(_path.NullTerminated, new FilePath(NameAside).NullTerminated) < 0)
        {
            Remove();
        }
    }

    /// <summary>A process other than this one that left the file and lives; null when there is none.</summary>
    private int? OtherLivingWriter() =>
        ReadTrusted(out _) is { } document
        && Snapshot.WriterOf(document) is > 0 and int pid
        && pid != Environment.ProcessId
        && (LibC.kill(pid, 0) == 0 || LibC.LastError != LibC.ESRCH)
            ? pid
            : null;

    /// <summary>What is in the file if it can be trusted.</summary>
    /// <param name="reason">Why it can't; null when it can, or when there is no file.</param>
    private byte[]? ReadTrusted(out string? reason)
    {
        // Not to wait for a writer, should it be a FIFO.
        var file = Descriptor.Open(_path.NullTerminated, LibC.O_RDONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK);
        if (file.IsNone)
        {
            int errno = LibC.LastError;
            reason = errno == LibC.ENOENT ? null : errno == LibC.ELOOP ? "it is a symbolic link" : ErrorText.Of(errno);
            return null;
        }

        byte[] document = ReadTrusted(file, out reason);
        file.Close();
        return reason is null ? document : null;
    }

    private static byte[] ReadTrusted(Descriptor file, out string? reason)
    {
        LibC.statx_t status;
        if (LibC.statx(file.Number, "\0"u8, LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &status) < 0)
        {
            reason = ErrorText.Of(LibC.LastError);
            return [];
        }

        reason = Distrust(status);
        if (reason is not null)
        {
            return [];
        }

        var document = new byte[(int)status.stx_size];
        int errno = file.ReadAll(document, out int length);
        reason = errno == 0 ? null : ErrorText.Of(errno);
        return length == document.Length ? document : document[..length];
    }

    private static string? Distrust(in LibC.statx_t status)
    {
        if ((status.stx_mode & LibC.S_IFMT) != LibC.S_IFREG)
        {
            return "it is no regular file";
        }

        if (status.stx_uid != LibC.geteuid())
        {
            return $"it belongs to uid {status.stx_uid}";
        }

        if ((status.stx_mode & (LibC.S_IWGRP | LibC.S_IWOTH)) != 0)
        {
            return "others may write to it";
        }

        return status.stx_size > Snapshot.MaximumLength
            ? $"its size of {status.stx_size} bytes is over the limit of {Snapshot.MaximumLength}"
            : null;
    }
}
