using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A held resource.</summary>
internal sealed record ResourceSnapshot
{
    private static readonly DocumentObject<Reading> Resource = new();

    private static readonly JsonEncodedText NameKey = Resource.Mandatory(
        "name", static (ref json, ref resource) => resource.Name = new ResourceName(json.Text()));

    private static readonly JsonEncodedText PathKey = Resource.Mandatory("path", static (ref json, ref resource) =>
    {
        // In the default space the name is the path: one array serves as both.
        ReadOnlySpan<byte> path = json.Text();
        resource.Path = path.SequenceEqual(resource.Name.Bytes) ? resource.Name.AsPath() : new FilePath(path);
    });

    private static readonly JsonEncodedText DescriptorKey = Resource.Mandatory(
        "fd", static (ref json, ref resource) => resource.Descriptor = json.Descriptor());

    /// <summary>What libvirt's daemon believes; whether the lock is held is asked of the kernel.</summary>
    private static readonly JsonEncodedText LockHeld = Resource.Mandatory("lockHeld", static (ref json, ref _) => json.Boolean());

    private static readonly JsonEncodedText FlagsKey = Resource.Mandatory(
        "flags", static (ref json, ref resource) => resource.Flags = (Flags)json.UInt32());

    private static readonly JsonEncodedText Owners = Resource.Mandatory(
        "owners", static (ref json, ref resource) => resource.Leases.ReadPids(ref json));

    private static readonly JsonEncodedText VirtLock = Resource.Optional(
        "virtlock", static (ref json, ref resource) => VirtLockResourcePart.Read(ref json, ref resource.VirtLockPart));

    /// <summary>How libvirt's document says in what way a resource was acquired; further bits mean nothing.</summary>
    [Flags]
    private enum Flags : uint
    {
        None = 0,
        Shared = 1,
        Autocreated = 2,
    }

    internal required ResourceName Name { get; init; }

    /// <summary>The locked file.</summary>
    internal required FilePath Path { get; init; }

    /// <summary>The open file that carries the lock.</summary>
    internal required int Descriptor { get; init; }

    internal required LockMode Mode { get; init; }

    internal required bool IsAutocreated { get; init; }

    internal required LockKind Kind { get; init; }

    /// <summary>Which file it is, whatever its path leads to by now; null where the document does not say.</summary>
    internal FileIdentity? Identity { get; init; }

    /// <summary>In the order in which they were acquired.</summary>
    internal required IReadOnlyList<LeaseSnapshot> Leases { get; init; }

    internal static ResourceSnapshot Read(ref DocumentCursor json, LeaseSnapshot.Reader leases)
    {
        leases.Begin();
        var resource = new Reading(leases);
        Resource.Read(ref json, ref resource);
        return new ResourceSnapshot
        {
            Name = resource.VirtLockPart.Name ?? resource.Name,
            Path = resource.VirtLockPart.Path ?? resource.Path,
            Descriptor = resource.Descriptor,
            Mode = resource.Flags.HasFlag(Flags.Shared) ? LockMode.Shared : LockMode.Exclusive,
            IsAutocreated = resource.Flags.HasFlag(Flags.Autocreated),
            Kind = resource.VirtLockPart.Kind,
            Identity = resource.VirtLockPart.Identity,
            Leases = resource.VirtLockPart.IsThere ? leases.OfPairs(json) : leases.OfPids(),
        };
    }

    internal void Write(Utf8JsonWriter json, DistinctTexts names, OwnerNumbers owners)
    {
        json.WriteStartObject();
        names.Write(json, NameKey, Name.Bytes);
        json.WriteLossy(PathKey, Path.Bytes);
        json.WriteNumber(DescriptorKey, Descriptor);
        json.WriteBoolean(LockHeld, true);
        json.WriteNumber(
            FlagsKey, (uint)((Mode == LockMode.Shared ? Flags.Shared : Flags.None) | (IsAutocreated ? Flags.Autocreated : Flags.None)));
        LeaseSnapshot.WritePids(json, Owners, Leases);
        VirtLockResourcePart.Write(json, VirtLock, this, owners);
        json.WriteEndObject();
    }

    private struct Reading(LeaseSnapshot.Reader leases)
    {
        internal readonly LeaseSnapshot.Reader Leases = leases;
        internal ResourceName Name;
        internal FilePath Path;
        internal int Descriptor;
        internal Flags Flags;
        internal VirtLockResourcePart VirtLockPart = new(leases);
    }
}
