using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Writes lock spaces with their resources.</summary>
internal sealed class LockSpaceWriter(Utf8JsonWriter json, OwnerList owners)
{
    internal void Write(IReadOnlyList<LockSpaceSnapshot> directories)
    {
        var texts = new DistinctTexts(() => directories.Select(space => space.Directory!.Value.ToString()));
        json.WriteStartArray(DocumentKey.LockSpaces);
        foreach (LockSpaceSnapshot space in directories)
        {
            Write(space, texts);
        }

        json.WriteEndArray();
    }

    internal void Write(LockSpaceSnapshot space, DistinctTexts? directories = null)
    {
        json.WriteStartObject();
        if (space.Directory is { } directory)
        {
            WriteDistinct(DocumentKey.Directory, directory.Bytes, directories!);
            if (!Utf8.IsValid(directory.Bytes))
            {
                json.WriteStartObject(DocumentKey.VirtLock);
                json.WriteBase64String(DocumentKey.DirectoryBytes, directory.Bytes);
                json.WriteEndObject();
            }
        }

        var names = new DistinctTexts(() => space.Resources.Select(resource => resource.Name.ToString()));
        json.WriteStartArray(DocumentKey.Resources);
        foreach (ResourceSnapshot resource in space.Resources)
        {
            Write(resource, names);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(ResourceSnapshot resource, DistinctTexts names)
    {
        json.WriteStartObject();
        WriteDistinct(DocumentKey.Name, resource.Name.Bytes, names);
        json.WriteLossy(DocumentKey.Path, resource.Path.Bytes);
        json.WriteNumber(DocumentKey.Descriptor, resource.Descriptor);
        json.WriteBoolean(DocumentKey.LockHeld, resource.IsLocked);
        ResourceFlags flags = (resource.Mode == LockMode.Shared ? ResourceFlags.Shared : ResourceFlags.None)
            | (resource.IsAutocreated ? ResourceFlags.Autocreated : ResourceFlags.None);
        json.WriteNumber(DocumentKey.Flags, (uint)flags);
        json.WriteStartArray(DocumentKey.Owners);
        for (int i = 0; i < resource.Leases.Count; i++)
        {
            json.WriteNumberValue(resource.Leases[i].Owner.Pid.Value);
        }

        json.WriteEndArray();
        WriteOwn(resource);
        json.WriteEndObject();
    }

    private void WriteOwn(ResourceSnapshot resource)
    {
        json.WriteStartObject(DocumentKey.VirtLock);
        json.WriteString(DocumentKey.Kind, LockKindText.Of(resource.Kind));
        if (!Utf8.IsValid(resource.Name.Bytes))
        {
            json.WriteBase64String(DocumentKey.NameBytes, resource.Name.Bytes);
        }

        if (!Utf8.IsValid(resource.Path.Bytes))
        {
            json.WriteBase64String(DocumentKey.PathBytes, resource.Path.Bytes);
        }

        // In pairs, for each of the owners above: its number in the list of owners, and when.
        json.WriteStartArray(DocumentKey.Leases);
        for (int i = 0; i < resource.Leases.Count; i++)
        {
            LeaseSnapshot lease = resource.Leases[i];
            json.WriteNumberValue(owners.NumberOf(lease.Owner));
            if (lease.AcquiredAt is { } acquiredAt)
            {
                json.WriteNumberValue(acquiredAt.ToUnixTimeMilliseconds());
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>libvirt's daemon refuses a document that names a resource twice, so bytes that look alike as text must not look alike here.</summary>
    private void WriteDistinct(JsonEncodedText key, ReadOnlySpan<byte> bytes, DistinctTexts texts)
    {
        if (Utf8.IsValid(bytes))
        {
            json.WriteString(key, bytes);
        }
        else
        {
            json.WriteString(key, texts.Take(Encoding.UTF8.GetString(bytes)));
        }
    }
}
