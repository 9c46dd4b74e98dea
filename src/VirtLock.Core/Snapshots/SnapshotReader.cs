using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace VirtLock.Snapshots;

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

    private const int Magic = 0;
    private const int Own = 1;
    private const int Daemon = 2;
    private const int Server = 3;
    private const int Default = 4;

    /// <summary>Of a stale document only the magic matters, so it alone is asked for at first.</summary>
    private static readonly DocumentKeys Keys = new(
        1, DocumentKey.Magic, DocumentKey.VirtLock, DocumentKey.Daemon, DocumentKey.Server, DocumentKey.DefaultLockSpace, DocumentKey.LockSpaces);

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
            return ReadRoot(ref json, pid);
        }
        catch (JsonException e)
        {
            throw new SnapshotFormatException($"The document is not JSON from line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} on.", e);
        }
    }

    /// <summary>Finds all parts first, as they may stand in any order and some are needed for reading others.</summary>
    private static Snapshot? ReadRoot(ref DocumentCursor json, int pid)
    {
        DocumentCursor own = default;
        DocumentCursor daemon = default;
        DocumentCursor server = default;
        DocumentCursor defaultSpace = default;
        DocumentCursor directories = default;
        bool isStale = true;

        json.Begin();
        DocumentCursor start = json;
        DocumentObject root = json.EnterObject(Keys);
        while (json.NextKey(ref root))
        {
            switch (root.Key)
            {
                case Magic:
                    isStale = Encoding.UTF8.GetString(json.Text()) != pid.ToString(CultureInfo.InvariantCulture);
                    break;
                case Own:
                    own = json;
                    break;
                case Daemon:
                    daemon = json;
                    break;
                case Server:
                    server = json;
                    break;
                case Default:
                    defaultSpace = json;
                    break;
                default:
                    directories = json;
                    break;
            }

            json.Skip();
        }

        json.End();
        if (isStale)
        {
            return null;
        }

        List<ServerSnapshot> servers = root.Has(Daemon) ? ServerReader.ReadDaemon(ref daemon)
            : root.Has(Server) ? [ServerReader.Read(ref server, ServerSnapshot.LockServer)]
            : throw start.Missing(DocumentKey.Daemon);
        for (int key = Default; key < Keys.Count; key++)
        {
            if (!root.Has(key))
            {
                throw start.Missing(Keys[key]);
            }
        }

        bool isOurs = root.Has(Own);
        OwnPart part = isOurs ? OwnPart.Read(ref own) : OwnPart.None;
        var spaces = new LockSpaceReader(isOurs ? new OwnerTable(part.Owners) : OwnerTable.OfClients(servers));
        return new Snapshot
        {
            Pid = pid,
            Servers = servers,
            Default = spaces.ReadDefault(ref defaultSpace),
            Directories = spaces.ReadDirectories(ref directories),
            Fencings = part.Fencings,
            PidFileDescriptor = part.PidFileDescriptor,
            IdleFor = part.IdleFor,
            IsFromLibvirt = !isOurs,
        };
    }
}
