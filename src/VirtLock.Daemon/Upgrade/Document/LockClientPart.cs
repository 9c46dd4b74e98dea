using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document says of a client that only clients of the lock server have.</summary>
/// <param name="IsRestricted">Whether the client may do nothing more.</param>
/// <param name="Owner">Null when the client never registered.</param>
internal readonly record struct LockClientPart(bool IsRestricted, Owner? Owner)
{
    private static readonly DocumentObject<Reading> PrivateData = new();

    private static readonly JsonEncodedText Restricted = PrivateData.Mandatory(
        "restricted", static (ref json, ref part) => part.IsRestricted = json.Boolean());

    private static readonly JsonEncodedText OwnerPid = PrivateData.Mandatory(
        "ownerPid", static (ref json, ref part) => part.Pid = json.UInt32());

    private static readonly JsonEncodedText OwnerId = PrivateData.Mandatory(
        "ownerId", static (ref json, ref part) => part.Id = json.UInt32());

    private static readonly JsonEncodedText OwnerName = PrivateData.Mandatory(
        "ownerName", static (ref json, ref part) => part.Name = new OwnerName(json.Text()));

    private static readonly JsonEncodedText OwnerUuid = PrivateData.Mandatory(
        "ownerUUID", static (ref json, ref part) => part.Uuid = json.Uuid());

    internal static LockClientPart Read(ref DocumentCursor json)
    {
        var part = default(Reading);
        PrivateData.Read(ref json, ref part);

        // By its id libvirt's daemon too tells whether a client has registered.
        Owner? owner = part.Id == 0 ? null : new Owner(new ProcessId(part.Pid), part.Name, part.Id, part.Uuid);
        return new LockClientPart(part.IsRestricted, owner);
    }

    /// <summary>Writes what stands between the braces.</summary>
    internal void WriteKeys(Utf8JsonWriter json)
    {
        // libvirt wants an owner of every client: one that never registered has id 0, which its daemon too takes for none.
        json.WriteBoolean(Restricted, IsRestricted);
        json.WriteNumber(OwnerPid, Owner?.Pid.Value ?? 0);
        json.WriteNumber(OwnerId, Owner?.DomainId ?? 0);
        json.WriteLossy(OwnerName, Owner is null ? default : Owner.Name.Bytes);
        json.WriteString(OwnerUuid, Owner?.Uuid ?? Guid.Empty);
    }

    private struct Reading
    {
        internal bool IsRestricted;
        internal uint Pid;
        internal uint Id;
        internal OwnerName Name;
        internal Guid Uuid;
    }
}
