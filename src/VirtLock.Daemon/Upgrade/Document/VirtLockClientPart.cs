using System.Text.Json;
using System.Text.Unicode;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document of ours says of a client beside what libvirt's says.</summary>
internal struct VirtLockClientPart()
{
    private static readonly DocumentObject<VirtLockClientPart> Part = new();

    private static readonly JsonEncodedText OwnerNameBytes = Part.Optional(
        "ownerNameBytes", static (ref json, ref part) => part.OwnerName = new OwnerName(json.NameBytes()));

    private static readonly JsonEncodedText Peer = Part.Optional(
        "peer", static (ref json, ref part) => part.PeerDescriptor = json.Descriptor());

    private static readonly JsonEncodedText InputBytes = Part.Optional(
        "input", static (ref json, ref part) => part.Input = json.Base64Bytes());

    private static readonly JsonEncodedText OutputBytes = Part.Optional(
        "output", static (ref json, ref part) => part.Output = json.Base64Bytes());

    private static readonly JsonEncodedText OwnerStartKey = Part.Optional(
        "ownerStart", static (ref json, ref part) => part.OwnerStart = json.UInt64());

    /// <summary>When the owner's process started, in ticks of the kernel's; 0 when that is not known.</summary>
    internal ulong OwnerStart { get; private set; }

    /// <summary>The exact name of the owner, where it is not UTF-8.</summary>
    internal OwnerName? OwnerName { get; private set; }

    internal int PeerDescriptor { get; private set; } = -1;

    internal byte[] Input { get; private set; } = [];

    internal byte[] Output { get; private set; } = [];

    internal static void Read(ref DocumentCursor json, ref VirtLockClientPart part) => Part.Read(ref json, ref part);

    /// <summary>Writes the part under its key, if there is anything to say.</summary>
    internal static void Write(Utf8JsonWriter json, JsonEncodedText key, ClientSnapshot client)
    {
        bool hasBytesInName = client.Owner is not null && !Utf8.IsValid(client.Owner.Name.Bytes);
        ulong start = client.Owner?.ProcessStart ?? 0;
        if (!hasBytesInName && start == 0 && client.PeerDescriptor < 0 && client.Input.IsEmpty && client.Output.IsEmpty)
        {
            return;
        }

        json.WriteStartObject(key);
        if (hasBytesInName)
        {
            json.WriteBase64String(OwnerNameBytes, client.Owner!.Name.Bytes);
        }

        if (start != 0)
        {
            json.WriteNumber(OwnerStartKey, start);
        }

        if (client.PeerDescriptor >= 0)
        {
            json.WriteNumber(Peer, client.PeerDescriptor);
        }

        if (!client.Input.IsEmpty)
        {
            json.WriteBase64String(InputBytes, client.Input.Span);
        }

        if (!client.Output.IsEmpty)
        {
            json.WriteBase64String(OutputBytes, client.Output.Span);
        }

        json.WriteEndObject();
    }
}
