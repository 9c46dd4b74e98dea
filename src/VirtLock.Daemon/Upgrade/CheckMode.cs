using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Posix;

namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// The two sides of the preflight's conversation: the new executable, run as a child with this option, says that it knows what is asked of
/// it, and by its exit code whether it could restore the snapshot.
/// </summary>
internal static class CheckMode
{
    internal const string Option = "--check-snapshot";

    /// <summary>The first line of output of an executable that knows check mode.</summary>
    internal const string Banner = "virtlockd check mode 1";

    /// <summary>Stands in that line when the executable takes the snapshot from <see cref="SnapshotMemory"/> as well.</summary>
    internal const string MemoryMark = "snapshot in memory";

    /// <summary>How libvirt's daemon puts itself in its <c>--version</c> line.</summary>
    internal const string LibvirtMark = " (libvirt) ";

    /// <summary>Says, first of all, that check mode is known.</summary>
    internal static void Announce() => Console.Out.WriteLine($"{Banner}, {MemoryMark}");

    /// <summary>Reads a snapshot as a restore would: from memory where that is announced, else from the file.</summary>
    /// <exception cref="StartFailedException">It can't be read, or is not one that this daemon could go on with.</exception>
    internal static Snapshot Read(string file)
    {
        if (SnapshotMemory.IsAnnounced)
        {
            return SnapshotMemory.TakeAnnounced(LibC.getppid(), out string? problem)
                ?? throw new StartFailedException(ExitCode.Initialise, problem!);
        }

        try
        {
            // The snapshot is our parent's, which is the daemon that asks.
            return Snapshot.Read(File.ReadAllBytes(file), LibC.getppid())
                ?? throw new StartFailedException(ExitCode.Initialise, $"Snapshot '{file}' is not that of the process that asks");
        }
        catch (SnapshotFormatException malformed)
        {
            throw new StartFailedException(ExitCode.Initialise, malformed.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException(ExitCode.Initialise, $"Cannot read snapshot '{file}': {failure.Message}");
        }
    }
}
