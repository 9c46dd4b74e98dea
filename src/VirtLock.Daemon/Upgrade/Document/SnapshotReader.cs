using System.Text.Json;
using System.Text.Unicode;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Reads the restart document of libvirt 9.0.0 or of an earlier image of ours, in the current layout and in the two older ones. What libvirt's daemon
/// refuses is refused.
/// </summary>
internal static class SnapshotReader
{
    /// <summary>
    /// The longest document that is read, in bytes: far beyond what as many locks as a process may have open files can fill, with room for
    /// half-received packets.
    /// </summary>
    internal const int MaximumLength = 256 * 1024 * 1024;

    /// <summary>Reads the snapshot that a process left for its successor.</summary>
    /// <param name="document">The document.</param>
    /// <param name="pid">The reading process.</param>
    /// <returns>The snapshot; null when another process left it, for then it means nothing, whatever else is in it.</returns>
    /// <exception cref="SnapshotFormatException">It is no snapshot, or not a whole one.</exception>
    internal static Snapshot? Read(ReadOnlySpan<byte> document, int pid)
    {
        if (document.Length > MaximumLength)
        {
            throw new SnapshotFormatException($"The document has {document.Length} bytes, which is more than {MaximumLength}.");
        }

        // JSON is UTF-8 throughout, but its reader looks only at texts that are asked for.
        if (!Utf8.IsValid(document))
        {
            throw new SnapshotFormatException("The document is not UTF-8.");
        }

        var json = new DocumentCursor(document);
        try
        {
            return new RootReader(pid).Read(ref json);
        }
        catch (JsonException e)
        {
            throw new SnapshotFormatException($"The document is not JSON from line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} on.", e);
        }
    }
}
