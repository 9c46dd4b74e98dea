using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A listening socket.</summary>
/// <param name="Descriptor">Its number in this process.</param>
/// <param name="IsOwn">Whether its path in the file system is the daemon's to remove; not so when systemd made it.</param>
internal readonly record struct ListenerSnapshot(int Descriptor, bool IsOwn);

/// <summary>
/// A service of a server, of which only the listening sockets matter here: authentication and read-only access are not for lock clients.
/// </summary>
internal static class ServicePart
{
    private static readonly DocumentObject<List<ListenerSnapshot>> Service = new();

    private static readonly JsonEncodedText Auth = Service.Mandatory("auth", static (ref json, ref _) => json.Int32());

    private static readonly JsonEncodedText ReadOnly = Service.Mandatory("readonly", static (ref json, ref _) => json.Boolean());

    private static readonly JsonEncodedText MaxRequests = Service.Mandatory(
        "nrequests_client_max", static (ref json, ref _) => json.UInt32());

    private static readonly JsonEncodedText Sockets = Service.Mandatory("socks", static (ref json, ref listeners) =>
    {
        json.EnterArray();
        while (json.NextItem())
        {
            var socket = SocketPart.Read(ref json);
            listeners.Add(new ListenerSnapshot(socket.Descriptor, socket.IsOwn));
        }
    });

    internal static void Read(ref DocumentCursor json, List<ListenerSnapshot> listeners) => Service.Read(ref json, ref listeners);

    internal static void Write(Utf8JsonWriter json, IReadOnlyList<ListenerSnapshot> listeners)
    {
        json.WriteStartObject();
        json.WriteNumber(Auth, 0);
        json.WriteBoolean(ReadOnly, false);
        json.WriteNumber(MaxRequests, 1);
        json.WriteStartArray(Sockets);
        foreach (ListenerSnapshot listener in listeners)
        {
            new SocketPart(listener.Descriptor, listener.IsOwn).Write(json, isClient: false);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
