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

    /// <summary>How libvirt's daemon puts itself in its <c>--version</c> line.</summary>
    internal const string LibvirtMark = " (libvirt) ";

    /// <summary>Says, first of all, that check mode is known.</summary>
    internal static void Announce() => Console.Out.WriteLine(Banner);

    /// <summary>Reads a snapshot as a restore would.</summary>
    /// <exception cref="StartFailedException">It can't be read, or is not one that this daemon could go on with.</exception>
    internal static void Check(string file)
    {
        try
        {
            // The snapshot is our parent's, which is the daemon that asks.
            if (Snapshot.Read(File.ReadAllBytes(file), LibC.getppid()) is null)
            {
                throw new StartFailedException(ExitCode.Initialise, $"Snapshot '{file}' is not that of the process that asks");
            }
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
