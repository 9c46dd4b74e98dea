using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document of ours says at its top beside what libvirt's says.</summary>
internal sealed class VirtLockPart
{
    internal static readonly VirtLockPart None = new();

    private static readonly DocumentObject<VirtLockPart> Part = new();

    private static readonly JsonEncodedText PidFile = Part.Optional(
        "pidFile", static (ref json, ref part) => part.PidFileDescriptor = json.Descriptor());

    private static readonly JsonEncodedText IdleMilliseconds = Part.Optional(
        "idleMs", static (ref json, ref part) => part.IdleFor = json.Duration());

    private static readonly JsonEncodedText FencingsKey = Part.Optional("fencings", static (ref json, ref part) =>
    {
        json.EnterArray();
        while (json.NextItem())
        {
            part.Fencings.Add(FencingSnapshot.Read(ref json));
        }
    });

    private static readonly JsonEncodedText OwnersKey = Part.Optional("owners", static (ref json, ref part) =>
    {
        json.EnterArray();
        while (json.NextItem())
        {
            part.Owners.Add(OwnerPart.Read(ref json));
        }
    });

    internal int PidFileDescriptor { get; private set; } = -1;

    internal TimeSpan? IdleFor { get; private set; }

    internal List<FencingSnapshot> Fencings { get; } = [];

    /// <summary>Whom leases refer to by number.</summary>
    internal List<Owner> Owners { get; } = [];

    internal static VirtLockPart Read(ref DocumentCursor json)
    {
        var part = new VirtLockPart();
        Part.Read(ref json, ref part);
        return part;
    }

    internal static void Write(Utf8JsonWriter json, JsonEncodedText key, Snapshot snapshot, OwnerNumbers owners)
    {
        json.WriteStartObject(key);
        if (snapshot.PidFileDescriptor >= 0)
        {
            json.WriteNumber(PidFile, snapshot.PidFileDescriptor);
        }

        if (snapshot.IdleFor is { } idle)
        {
            json.WriteNumber(IdleMilliseconds, (long)idle.TotalMilliseconds);
        }

        json.WriteStartArray(FencingsKey);
        foreach (FencingSnapshot fencing in snapshot.Fencings)
        {
            fencing.Write(json);
        }

        json.WriteEndArray();
        json.WriteStartArray(OwnersKey);
        foreach (Owner owner in owners.All)
        {
            OwnerPart.Write(json, owner);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
