using System.Text.Json;
using System.Text.Unicode;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Writes a server with its sockets. Values that stand here as constants are what libvirt 9.0.0 writes for a daemon like ours.</summary>
internal static class ServerWriter
{
    /// <summary>Keepalive is off: -1, which libvirt writes unsigned.</summary>
    private const uint NoKeepalive = uint.MaxValue;

    internal static void Write(Utf8JsonWriter json, ServerSnapshot server)
    {
        json.WriteStartObject();
        json.WriteNumber(DocumentKey.MinWorkers, 0);
        json.WriteNumber(DocumentKey.MaxWorkers, 0);
        json.WriteNumber(DocumentKey.PriorityWorkers, 0);
        json.WriteNumber(DocumentKey.MaxClients, server.MaximumClients);
        json.WriteNumber(DocumentKey.MaxAnonymousClients, server.MaximumAnonymousClients);
        json.WriteNumber(DocumentKey.KeepaliveInterval, NoKeepalive);
        json.WriteNumber(DocumentKey.KeepaliveCount, 0);
        json.WriteNumber(DocumentKey.NextClientId, server.NextClientId);

        json.WriteStartArray(DocumentKey.Services);
        json.WriteStartObject();
        json.WriteNumber(DocumentKey.Auth, 0);
        json.WriteBoolean(DocumentKey.ReadOnly, false);
        json.WriteNumber(DocumentKey.MaxRequestsOfClient, 1);
        json.WriteStartArray(DocumentKey.Sockets);
        foreach (ListenerSnapshot listener in server.Listeners)
        {
            WriteSocket(json, listener.Descriptor, isClient: false, listener.IsOwn);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();

        json.WriteStartArray(DocumentKey.Clients);
        foreach (ClientSnapshot client in server.Clients)
        {
            WriteClient(json, client, server.Name == ServerSnapshot.LockServer);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteClient(Utf8JsonWriter json, ClientSnapshot client, bool speaksLock)
    {
        json.WriteStartObject();
        json.WriteNumber(DocumentKey.Id, client.Id);
        json.WriteNumber(DocumentKey.Auth, 0);
        json.WriteBoolean(DocumentKey.AuthPending, false);
        json.WriteBoolean(DocumentKey.ReadOnly, false);
        json.WriteNumber(DocumentKey.MaxRequests, 1);
        json.WriteNumber(DocumentKey.ConnectionTime, client.ConnectedAt.ToUnixTimeSeconds());
        json.WritePropertyName(DocumentKey.Socket);
        WriteSocket(json, client.Descriptor, isClient: true, unlinkPath: false);
        json.WriteStartObject(DocumentKey.PrivateData);
        if (speaksLock)
        {
            // libvirt wants an owner of every client: one that never registered has id 0, which its daemon too takes for none.
            json.WriteBoolean(DocumentKey.Restricted, client.IsRestricted);
            json.WriteNumber(DocumentKey.OwnerPid, client.Owner?.Pid.Value ?? 0);
            json.WriteNumber(DocumentKey.OwnerId, client.Owner?.DomainId ?? 0);
            json.WriteLossy(DocumentKey.OwnerName, client.Owner is null ? default : client.Owner.Name.Bytes);
            json.WriteString(DocumentKey.OwnerUuid, client.Owner?.Uuid ?? Guid.Empty);
        }

        json.WriteEndObject();
        WriteOwn(json, client);
        json.WriteEndObject();
    }

    private static void WriteOwn(Utf8JsonWriter json, ClientSnapshot client)
    {
        bool hasBytesInName = client.Owner is not null && !Utf8.IsValid(client.Owner.Name.Bytes);
        if (!hasBytesInName && client.PeerDescriptor < 0 && client.Input.IsEmpty && client.Output.IsEmpty)
        {
            return;
        }

        json.WriteStartObject(DocumentKey.VirtLock);
        if (hasBytesInName)
        {
            json.WriteBase64String(DocumentKey.OwnerNameBytes, client.Owner!.Name.Bytes);
        }

        if (client.PeerDescriptor >= 0)
        {
            json.WriteNumber(DocumentKey.Peer, client.PeerDescriptor);
        }

        if (!client.Input.IsEmpty)
        {
            json.WriteBase64String(DocumentKey.Input, client.Input.Span);
        }

        if (!client.Output.IsEmpty)
        {
            json.WriteBase64String(DocumentKey.Output, client.Output.Span);
        }

        json.WriteEndObject();
    }

    private static void WriteSocket(Utf8JsonWriter json, int descriptor, bool isClient, bool unlinkPath)
    {
        json.WriteStartObject();
        json.WriteNumber(DocumentKey.Descriptor, descriptor);
        json.WriteNumber(DocumentKey.ErrorDescriptor, -1);

        // Any other pid is taken for a child, and killed when the socket is closed.
        json.WriteNumber(DocumentKey.Pid, 0);
        json.WriteBoolean(DocumentKey.IsClient, isClient);
        json.WriteBoolean(DocumentKey.UnlinkPath, unlinkPath);
        json.WriteEndObject();
    }
}
