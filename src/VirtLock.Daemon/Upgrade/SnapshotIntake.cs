using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Upgrade;

/// <summary>Finds out at start whether an earlier image of this process left a snapshot.</summary>
internal static class SnapshotIntake
{
    /// <summary>The snapshot for this process; anything else that lies in its place is set aside, and the start goes on without.</summary>
    internal static Snapshot? Find(StateFile file, ILogger logger)
    {
        if (file.TryRead(out byte[]? document, out string? reason))
        {
            try
            {
                if (SnapshotReader.Read(document, Environment.ProcessId) is { } snapshot)
                {
                    return snapshot;
                }

                reason = "another process left it";
            }
            catch (SnapshotFormatException malformed)
            {
                reason = malformed.Message;
            }
        }

        if (reason is not null)
        {
            logger.StateFileSetAside(file.Name, file.SetAside(), reason);
        }

        return null;
    }
}
