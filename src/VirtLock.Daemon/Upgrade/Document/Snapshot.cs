using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// What must outlive an executable, when the daemon executes its successor in the same process. As a document it is the one that libvirt
/// 9.0.0's daemon leaves and reads, in its layout with every key that it asks for. What libvirt has no key for stands under a key of ours,
/// <c>virtlock</c>, at the top, in clients, in lock spaces and in resources: libvirt's daemon passes over keys that it does not know.
/// </summary>
internal sealed record Snapshot
{
    /// <summary>
    /// The longest document that is read, in bytes: far beyond what as many locks as a process may have open files can fill, with room for
    /// half-received packets.
    /// </summary>
    internal const int MaximumLength = 256 * 1024 * 1024;

    /// <summary>
    /// The longest document that libvirt 9.0.0 reads, in bytes; it refuses a longer one and with it every lock. A lock takes some 200 bytes
    /// and twice its path, so 20,000 locks on paths of 100 bytes fit with room to spare, but half-received packets of several MiB, or
    /// thousands of the longest paths, do not. Our own reader takes longer ones.
    /// </summary>
    internal const int LibvirtMaximumLength = 10 * 1024 * 1024;

    /// <summary>Escapes only what JSON wants escaped: libvirt wants UTF-8, and no web page ever shows it.</summary>
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static readonly DocumentObject<Reading> Root = new();

    /// <summary>Of a stale document only this matters, so it alone is asked for at first.</summary>
    private static readonly JsonEncodedText Magic = Root.Mandatory("magic", static (ref json, ref root) => root.ReadMagic(ref json));

    private static readonly JsonEncodedText VirtLock = Root.Optional(
        "virtlock", static (ref json, ref root) => root.VirtLock = json.PutOff());

    private static readonly JsonEncodedText Daemon = Root.Optional("daemon", static (ref json, ref root) => root.Daemon = json.PutOff());

    /// <summary>In the oldest layout the lock server, without a daemon around it; it counts only where there is none.</summary>
    private static readonly JsonEncodedText Server = Root.Optional("server", static (ref json, ref root) => root.Server = json.PutOff());

    private static readonly JsonEncodedText DefaultLockSpace = Root.Optional(
        "defaultLockspace", static (ref json, ref root) => root.MeetDefaultSpace(ref json));

    private static readonly JsonEncodedText LockSpaces = Root.Optional(
        "lockspaces", static (ref json, ref root) => root.MeetDirectorySpaces(ref json));

    /// <summary>The process that wrote it, and the only one it is good for: descriptors mean nothing in another.</summary>
    internal required int Pid { get; init; }

    /// <summary>The lock server, and the admin server unless there is none.</summary>
    internal required IReadOnlyList<ServerSnapshot> Servers { get; init; }

    internal required LockSpaceSnapshot Default { get; init; }

    internal required IReadOnlyList<LockSpaceSnapshot> Directories { get; init; }

    /// <summary>Processes that are being ended because they lost their connection while holding leases.</summary>
    internal IReadOnlyList<FencingSnapshot> Fencings { get; init; } = [];

    /// <summary>The locked PID file; -1 when it has to be acquired again, as after libvirt.</summary>
    internal int PidFileDescriptor { get; init; } = -1;

    /// <summary>How long the daemon has had nothing to do; null while it has, and after libvirt.</summary>
    internal TimeSpan? IdleFor { get; init; }

    /// <summary>
    /// Whether libvirt's daemon wrote it: its locks are POSIX locks, and it leaves descriptors behind that the snapshot does not name.
    /// </summary>
    internal bool IsFromLibvirt { get; init; }

    /// <summary>
    /// Reads the document that a process left for its successor: libvirt 9.0.0's in its layout and the older ones that it reads, or one of
    /// ours. What libvirt's daemon refuses is refused.
    /// </summary>
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
            json.Begin();
            var root = new Reading(pid, json);
            Root.Read(ref json, ref root);
            json.End();
            return root.IsStale ? null : root.ToSnapshot();
        }
        catch (JsonException e)
        {
            throw new SnapshotFormatException(
                $"The document is not JSON from line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} on.", e);
        }
    }

    /// <summary>Which process left a document, as far as it can be read; null when that is not to be found out.</summary>
    internal static int? WriterOf(ReadOnlySpan<byte> document)
    {
        var json = new DocumentCursor(document);
        var root = new Reading(pid: 0, json);
        try
        {
            json.Begin();
            Root.Read(ref json, ref root);
        }
        catch (Exception malformed) when (malformed is JsonException or SnapshotFormatException)
        {
            // Half a document may say so all the same.
        }

        return root.Writer;
    }

    internal void Write(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            var owners = new OwnerNumbers(this);
            json.WriteStartObject();

            // What is needed for reading the rest comes first: the reader need not look at anything twice then.
            json.WriteString(Magic, Pid.ToString(CultureInfo.InvariantCulture));
            VirtLockPart.Write(json, VirtLock, this, owners);
            DaemonPart.Write(json, Daemon, Servers);
            Default.WriteDefault(json, DefaultLockSpace, owners);
            LockSpaceSnapshot.WriteDirectories(json, LockSpaces, Directories, owners);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Every descriptor that it hands over.</summary>
    internal IEnumerable<int> Descriptors()
    {
        IEnumerable<ClientSnapshot> clients = Servers.SelectMany(server => server.Clients);
        return Servers.SelectMany(server => server.Listeners).Select(listener => listener.Descriptor)
            .Concat(clients.SelectMany(client => (int[])[client.Descriptor, client.PeerDescriptor]))
            .Concat(Directories.Prepend(Default).SelectMany(space => space.Resources).Select(resource => resource.Descriptor))
            .Concat(Fencings.Select(fencing => fencing.Descriptor))
            .Append(PidFileDescriptor)
            .Where(descriptor => descriptor >= 0);
    }

    /// <summary>
    /// The parts of a document may stand in any order, and lock spaces need the others to be read: where these come behind, as in libvirt's
    /// document, the lock spaces are passed over and come last. Our own order spares them being looked at twice.
    /// </summary>
    private ref struct Reading(int pid, DocumentCursor start)
    {
        private readonly DocumentCursor _start = start;
        private readonly int _pid = pid;
        private DocumentCursor _defaultSpace;
        private DocumentCursor _directorySpaces;
        private VirtLockPart _virtLockPart = VirtLockPart.None;
        private List<ServerSnapshot>? _servers;
        private LeaseSnapshot.Reader? _leases;
        private LockSpaceSnapshot? _readDefaultSpace;
        private List<LockSpaceSnapshot>? _readDirectorySpaces;

        internal DocumentCursor VirtLock { get; set; }

        internal DocumentCursor Daemon { get; set; }

        internal DocumentCursor Server { get; set; }

        /// <summary>Whether another process left the document, as far as is known yet.</summary>
        internal bool IsStale { get; private set; } = true;

        private readonly bool CanReadSpaces => !IsStale && VirtLock.IsSomewhere && Daemon.IsSomewhere;

        /// <summary>The process that left the document.</summary>
        internal int? Writer { get; private set; }

        internal void ReadMagic(ref DocumentCursor json)
        {
            string magic = Encoding.UTF8.GetString(json.Text());
            IsStale = magic != _pid.ToString(CultureInfo.InvariantCulture);
            Writer = int.TryParse(magic, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null;
        }

        internal void MeetDefaultSpace(ref DocumentCursor json)
        {
            _defaultSpace = json;
            if (CanReadSpaces)
            {
                _readDefaultSpace = LockSpaceSnapshot.ReadDefault(ref json, Leases());
            }
            else
            {
                json.Skip();
            }
        }

        internal void MeetDirectorySpaces(ref DocumentCursor json)
        {
            _directorySpaces = json;
            if (CanReadSpaces)
            {
                _readDirectorySpaces = LockSpaceSnapshot.ReadDirectories(ref json, Leases());
            }
            else
            {
                json.Skip();
            }
        }

        internal Snapshot ToSnapshot()
        {
            Require(_defaultSpace, DefaultLockSpace);
            Require(_directorySpaces, LockSpaces);
            LeaseSnapshot.Reader leases = Leases();
            return new Snapshot
            {
                Pid = _pid,
                Servers = _servers!,
                Default = _readDefaultSpace ?? LockSpaceSnapshot.ReadDefault(ref _defaultSpace, leases),
                Directories = _readDirectorySpaces ?? LockSpaceSnapshot.ReadDirectories(ref _directorySpaces, leases),
                Fencings = _virtLockPart.Fencings,
                PidFileDescriptor = _virtLockPart.PidFileDescriptor,
                IdleFor = _virtLockPart.IdleFor,
                IsFromLibvirt = !VirtLock.IsSomewhere,
            };
        }

        private readonly void Require(DocumentCursor part, JsonEncodedText key)
        {
            if (!part.IsSomewhere)
            {
                throw _start.Missing(key);
            }
        }

        /// <summary>What reads leases; for that, whatever they refer to is read first.</summary>
        private LeaseSnapshot.Reader Leases()
        {
            if (_leases is not null)
            {
                return _leases;
            }

            DocumentCursor daemon = Daemon;
            DocumentCursor server = Server;
            DocumentCursor virtLock = VirtLock;
            _servers = daemon.IsSomewhere ? DaemonPart.Read(ref daemon)
                : server.IsSomewhere ? [ServerSnapshot.Read(ref server, ServerSnapshot.LockServer)]
                : throw _start.Missing(Snapshot.Daemon);
            if (virtLock.IsSomewhere)
            {
                _virtLockPart = VirtLockPart.Read(ref virtLock);
            }

            return _leases = new LeaseSnapshot.Reader(
                virtLock.IsSomewhere ? new OwnerLookup(_virtLockPart.Owners) : OwnerLookup.AmongClients(_servers));
        }
    }
}
