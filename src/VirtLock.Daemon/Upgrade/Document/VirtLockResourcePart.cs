using System.Text.Json;
using System.Text.Unicode;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document of ours says of a resource beside what libvirt's says.</summary>
internal struct VirtLockResourcePart(LeaseSnapshot.Reader leases)
{
    private static readonly DocumentObject<VirtLockResourcePart> Part = new();

    private static readonly JsonEncodedText KindKey = Part.Mandatory("kind", static (ref json, ref part) => part.Kind = ReadKind(ref json));

    private static readonly JsonEncodedText Device = Part.Optional("device", static (ref json, ref part) => part._device = json.UInt64());

    private static readonly JsonEncodedText Inode = Part.Optional("inode", static (ref json, ref part) => part._inode = json.UInt64());

    private static readonly JsonEncodedText NameBytes = Part.Optional(
        "nameBytes", static (ref json, ref part) => part.Name = new ResourceName(json.NameBytes()));

    private static readonly JsonEncodedText PathBytes = Part.Optional(
        "pathBytes", static (ref json, ref part) => part.Path = new FilePath(json.NameBytes()));

    private static readonly JsonEncodedText Leases = Part.Mandatory(
        "leases", static (ref json, ref part) => part._leases.ReadPairs(ref json));

    private static readonly JsonEncodedText OpenFileDescription = JsonEncodedText.Encode("ofd");
    private static readonly JsonEncodedText Posix = JsonEncodedText.Encode("posix");

    private readonly LeaseSnapshot.Reader _leases = leases;
    private ulong? _device;
    private ulong? _inode;

    internal bool IsThere { get; private set; }

    /// <summary>POSIX locks are the only ones that libvirt's daemon takes.</summary>
    internal LockKind Kind { get; private set; } = LockKind.Posix;

    /// <summary>The locked file, where the document says which.</summary>
    internal readonly FileIdentity? Identity =>
        _device is { } device && _inode is { } inode ? new FileIdentity(device, inode) : null;

    /// <summary>The exact name, where it is not UTF-8.</summary>
    internal ResourceName? Name { get; private set; }

    /// <summary>The exact path, where it is not UTF-8.</summary>
    internal FilePath? Path { get; private set; }

    internal static void Read(ref DocumentCursor json, ref VirtLockResourcePart part)
    {
        part.IsThere = true;
        Part.Read(ref json, ref part);
    }

    internal static void Write(Utf8JsonWriter json, JsonEncodedText key, ResourceSnapshot resource, OwnerNumbers owners)
    {
        json.WriteStartObject(key);
        json.WriteString(KindKey, resource.Kind == LockKind.Posix ? Posix : OpenFileDescription);
        if (resource.Identity is { } identity)
        {
            json.WriteNumber(Device, identity.Device);
            json.WriteNumber(Inode, identity.Inode);
        }

        if (!Utf8.IsValid(resource.Name.Bytes))
        {
            json.WriteBase64String(NameBytes, resource.Name.Bytes);
        }

        if (!Utf8.IsValid(resource.Path.Bytes))
        {
            json.WriteBase64String(PathBytes, resource.Path.Bytes);
        }

        LeaseSnapshot.WritePairs(json, Leases, resource.Leases, owners);
        json.WriteEndObject();
    }

    private static LockKind ReadKind(ref DocumentCursor json)
    {
        ReadOnlySpan<byte> text = json.Text();
        if (text.SequenceEqual(OpenFileDescription.EncodedUtf8Bytes))
        {
            return LockKind.OpenFileDescription;
        }

        return text.SequenceEqual(Posix.EncodedUtf8Bytes) ? LockKind.Posix : throw json.Fail("must be ofd or posix");
    }
}
