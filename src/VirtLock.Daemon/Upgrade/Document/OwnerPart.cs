using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>An owner in the list of those that leases refer to by number.</summary>
internal static class OwnerPart
{
    private static readonly DocumentObject<Reading> Owner = new();

    private static readonly JsonEncodedText Pid = Owner.Mandatory("pid", static (ref json, ref owner) => owner.Pid = json.UInt32());

    private static readonly JsonEncodedText Id = Owner.Mandatory("id", static (ref json, ref owner) => owner.Id = json.UInt32());

    private static readonly JsonEncodedText Name = Owner.Mandatory(
        "name", static (ref json, ref owner) => owner.Name = new OwnerName(json.Text()));

    private static readonly JsonEncodedText NameBytes = Owner.Optional(
        "nameBytes", static (ref json, ref owner) => owner.ExactName = new OwnerName(json.NameBytes()));

    private static readonly JsonEncodedText Uuid = Owner.Mandatory("uuid", static (ref json, ref owner) => owner.Uuid = json.Uuid());

    private static readonly JsonEncodedText Start = Owner.Optional(
        "start", static (ref json, ref owner) => owner.Start = json.UInt64());

    internal static Owner Read(ref DocumentCursor json)
    {
        var owner = default(Reading);
        Owner.Read(ref json, ref owner);
        return new Owner(new ProcessId(owner.Pid), owner.ExactName ?? owner.Name, owner.Id, owner.Uuid) { ProcessStart = owner.Start };
    }

    internal static void Write(Utf8JsonWriter json, Owner owner)
    {
        json.WriteStartObject();
        json.WriteNumber(Pid, owner.Pid.Value);
        json.WriteNumber(Id, owner.DomainId);
        json.WriteText(Name, NameBytes, owner.Name.Bytes);
        json.WriteString(Uuid, owner.Uuid);
        if (owner.ProcessStart != 0)
        {
            json.WriteNumber(Start, owner.ProcessStart);
        }

        json.WriteEndObject();
    }

    private struct Reading
    {
        internal uint Pid;
        internal uint Id;
        internal OwnerName Name;
        internal OwnerName? ExactName;
        internal Guid Uuid;
        internal ulong Start;
    }
}
