using System.Text.Json;
using System.Text.Unicode;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A lock space and what is held in it.</summary>
/// <param name="Directory">Null for the default space.</param>
/// <param name="Resources">Each name once.</param>
internal sealed record LockSpaceSnapshot(FilePath? Directory, IReadOnlyList<ResourceSnapshot> Resources)
{
    /// <summary>What a document of ours says beside what libvirt's says.</summary>
    private static readonly DocumentObject<Reading> Part = new();

    private static readonly JsonEncodedText DirectoryBytes = Part.Optional(
        "directoryBytes", static (ref json, ref space) => space.ExactDirectory = new FilePath(json.NameBytes()));

    private static readonly DocumentObject<Reading> Space = new();

    private static readonly JsonEncodedText DirectoryKey = Space.Optional(
        "directory", static (ref json, ref space) => space.Directory = json.IsNull ? null : new FilePath(json.Text()));

    private static readonly JsonEncodedText VirtLock = Space.Optional(
        "virtlock", static (ref json, ref space) => Part.Read(ref json, ref space));

    private static readonly JsonEncodedText ResourcesKey = Space.Mandatory(
        "resources", static (ref json, ref space) => space.Resources = ReadResources(ref json, space.Leases));

    internal static LockSpaceSnapshot ReadDefault(ref DocumentCursor json, LeaseSnapshot.Reader leases) =>
        Read(ref json, leases) with { Directory = null };

    /// <summary>
    /// Reads the directory spaces. One without a directory, or with that of an earlier one, is left out as libvirt's daemon leaves it out:
    /// nothing could ever reach it.
    /// </summary>
    internal static List<LockSpaceSnapshot> ReadDirectories(ref DocumentCursor json, LeaseSnapshot.Reader leases)
    {
        var spaces = new List<LockSpaceSnapshot>();
        var known = new HashSet<FilePath>();
        json.EnterArray();
        while (json.NextItem())
        {
            LockSpaceSnapshot space = Read(ref json, leases);
            if (space.Directory is { } directory && known.Add(directory))
            {
                spaces.Add(space);
            }
        }

        return spaces;
    }

    internal static void WriteDirectories(
        Utf8JsonWriter json, JsonEncodedText key, IReadOnlyList<LockSpaceSnapshot> spaces, OwnerNumbers owners)
    {
        var texts = new DistinctTexts(() => spaces.Select(space => space.Directory!.Value.ToString()));
        json.WriteStartArray(key);
        foreach (LockSpaceSnapshot space in spaces)
        {
            json.WriteStartObject();
            ReadOnlySpan<byte> directory = space.Directory!.Value.Bytes;
            texts.Write(json, DirectoryKey, directory);
            if (!Utf8.IsValid(directory))
            {
                json.WriteStartObject(VirtLock);
                json.WriteBase64String(DirectoryBytes, directory);
                json.WriteEndObject();
            }

            space.WriteResources(json, owners);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal void WriteDefault(Utf8JsonWriter json, JsonEncodedText key, OwnerNumbers owners)
    {
        json.WriteStartObject(key);
        WriteResources(json, owners);
        json.WriteEndObject();
    }

    private void WriteResources(Utf8JsonWriter json, OwnerNumbers owners)
    {
        var names = new DistinctTexts(() => Resources.Select(resource => resource.Name.ToString()));
        json.WriteStartArray(ResourcesKey);
        foreach (ResourceSnapshot resource in Resources)
        {
            resource.Write(json, names, owners);
        }

        json.WriteEndArray();
    }

    private static LockSpaceSnapshot Read(ref DocumentCursor json, LeaseSnapshot.Reader leases)
    {
        var space = new Reading(leases);
        Space.Read(ref json, ref space);
        return new LockSpaceSnapshot(space.ExactDirectory ?? space.Directory, space.Resources);
    }

    private static List<ResourceSnapshot> ReadResources(ref DocumentCursor json, LeaseSnapshot.Reader leases)
    {
        var resources = new List<ResourceSnapshot>();
        var names = new HashSet<ResourceName>(ByteTextComparer<ResourceName>.Instance);
        json.EnterArray();
        while (json.NextItem())
        {
            ResourceSnapshot resource = ResourceSnapshot.Read(ref json, leases);
            if (!names.Add(resource.Name))
            {
                throw json.Fail("has the name of an earlier one");
            }

            resources.Add(resource);
        }

        return resources;
    }

    private struct Reading(LeaseSnapshot.Reader leases)
    {
        internal readonly LeaseSnapshot.Reader Leases = leases;
        internal FilePath? Directory;
        internal FilePath? ExactDirectory;
        internal List<ResourceSnapshot> Resources = [];
    }
}
