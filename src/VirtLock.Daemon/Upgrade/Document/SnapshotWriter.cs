using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Writes a snapshot as the restart document that libvirt 9.0.0 reads, in its layout with every key that it asks for. What libvirt has no key for
/// stands under a key of ours, at the top, in clients, in lock spaces and in resources.
/// </summary>
internal static class SnapshotWriter
{
    /// <summary>
    /// The longest document that libvirt 9.0.0 reads, in bytes; it refuses a longer one and with it every lock. A lock takes some 200 bytes and twice
    /// its path, so 20,000 locks on paths of 100 bytes fit with room to spare, but half-received packets of several MiB, or thousands of the longest
    /// paths, do not. Our own reader takes longer ones.
    /// </summary>
    internal const int LibvirtMaximumLength = 10 * 1024 * 1024;

    /// <summary>Escapes only what JSON wants escaped: libvirt wants UTF-8, and no web page ever shows it.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    internal static void Write(Snapshot snapshot, IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            var owners = new OwnerList(snapshot);
            json.WriteStartObject();

            // What is needed for reading the rest comes first: the reader need not look at anything twice then.
            json.WriteString(DocumentKey.Magic, snapshot.Pid.ToString(CultureInfo.InvariantCulture));
            WriteOwn(json, snapshot, owners);
            json.WriteStartObject(DocumentKey.Daemon);
            json.WriteStartObject(DocumentKey.Servers);
            foreach (ServerSnapshot server in snapshot.Servers)
            {
                json.WritePropertyName(server.Name);
                ServerWriter.Write(json, server);
            }

            json.WriteEndObject();
            json.WriteEndObject();

            var spaces = new LockSpaceWriter(json, owners);
            json.WritePropertyName(DocumentKey.DefaultLockSpace);
            spaces.Write(snapshot.Default);
            spaces.Write(snapshot.Directories);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteOwn(Utf8JsonWriter json, Snapshot snapshot, OwnerList owners)
    {
        json.WriteStartObject(DocumentKey.VirtLock);
        if (snapshot.PidFileDescriptor >= 0)
        {
            json.WriteNumber(DocumentKey.PidFile, snapshot.PidFileDescriptor);
        }

        if (snapshot.IdleFor is { } idle)
        {
            json.WriteNumber(DocumentKey.IdleMilliseconds, (long)idle.TotalMilliseconds);
        }

        json.WriteStartArray(DocumentKey.Fencings);
        foreach (FencingSnapshot fencing in snapshot.Fencings)
        {
            json.WriteStartObject();
            json.WriteNumber(DocumentKey.Pid, fencing.Pid.Value);
            if (fencing.Descriptor >= 0)
            {
                json.WriteNumber(DocumentKey.Descriptor, fencing.Descriptor);
            }

            json.WriteNumber(DocumentKey.OwnerPid, fencing.Owner.Value);
            json.WriteNumber(DocumentKey.ElapsedMilliseconds, (long)fencing.Elapsed.TotalMilliseconds);
            json.WriteBoolean(DocumentKey.Killed, fencing.IsKilled);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray(DocumentKey.Owners);
        foreach (Owner owner in owners.All)
        {
            json.WriteStartObject();
            json.WriteNumber(DocumentKey.Pid, owner.Pid.Value);
            json.WriteNumber(DocumentKey.Id, owner.DomainId);
            json.WriteText(DocumentKey.Name, DocumentKey.NameBytes, owner.Name.Bytes);
            json.WriteString(DocumentKey.Uuid, owner.Uuid);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
