using System.Globalization;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// How a snapshot goes from one of our executables to the next: in memory that nobody can change any more and that only the successor
/// inherits, where no full or missing file system stands in the way and no other process gets at it: memfd_create(2).
/// </summary>
internal static unsafe class SnapshotMemory
{
    /// <summary>Names the descriptor to the successor.</summary>
    internal const string Variable = "VIRTLOCKD_SNAPSHOT_FD";

    private const int Seals = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE;

    internal static bool IsAnnounced => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Makes sealed memory of a document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="memory">The memory, close-on-exec, the caller's to close; none when it can't be had.</param>
    /// <returns>Null, or what went wrong.</returns>
    internal static string? Create(ReadOnlySpan<byte> document, out Descriptor memory)
    {
        memory = new Descriptor(LibC.memfd_create("virtlockd-snapshot\0"u8, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING));
        int errno = memory.IsNone ? LibC.LastError : memory.WriteAll(document);
        if (errno == 0 && LibC.fcntl(memory.Number, LibC.F_ADD_SEALS, Seals) < 0)
        {
            errno = LibC.LastError;
        }

        if (errno == 0)
        {
            return null;
        }

        memory.Close();
        memory = Descriptor.None;
        return $"cannot hand it the snapshot: {ErrorText.Of(errno)}";
    }

    /// <summary>Takes the snapshot that the environment announces, and the announcement out of the environment.</summary>
    /// <param name="pid">The process that must have left it.</param>
    /// <param name="problem">Why there is none to be had though one was announced.</param>
    internal static Snapshot? TakeAnnounced(int pid, out string? problem)
    {
        problem = null;
        if (Environment.GetEnvironmentVariable(Variable) is not { } number)
        {
            return null;
        }

        Environment.SetEnvironmentVariable(Variable, null);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
            || LibC.fcntl(descriptor, LibC.F_GET_SEALS, 0) is not (>= 0 and int seals)
            || (seals & Seals) != Seals)
        {
            problem = $"{Variable} is '{number}', which is no sealed memory";
            return null;
        }

        var memory = new Descriptor(descriptor);
        Snapshot? snapshot = Read(memory, pid, out problem);
        memory.Close();
        return snapshot;
    }

    private static Snapshot? Read(Descriptor memory, int pid, out string? problem)
    {
        LibC.statx_t status;
        if (LibC.statx(memory.Number, "\0"u8, LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &status) < 0
            || LibC.lseek(memory.Number, 0, LibC.SEEK_SET) < 0)
        {
            problem = $"the snapshot cannot be read: {ErrorText.Of(LibC.LastError)}";
            return null;
        }

        if (status.stx_size > Snapshot.MaximumLength)
        {
            problem = $"the snapshot's size of {status.stx_size} bytes is over the limit of {Snapshot.MaximumLength}";
            return null;
        }

        var document = new byte[(int)status.stx_size];
        int errno = memory.ReadAll(document, out int length);
        if (errno != 0)
        {
            problem = $"the snapshot cannot be read: {ErrorText.Of(errno)}";
            return null;
        }

        try
        {
            var snapshot = Snapshot.Read(document.AsSpan(0, length), pid);
            problem = snapshot is null ? "the snapshot is another process's" : null;
            return snapshot;
        }
        catch (SnapshotFormatException malformed)
        {
            problem = malformed.Message;
            return null;
        }
    }
}
