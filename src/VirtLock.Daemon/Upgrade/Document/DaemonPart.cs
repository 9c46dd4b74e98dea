using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>The servers by name; as older versions of libvirt's daemon wrote it an array of one, or the lock server itself.</summary>
internal static class DaemonPart
{
    private static readonly DocumentObject<List<ServerSnapshot>?> Daemon = new();

    private static readonly JsonEncodedText Servers = Daemon.Optional(
        "servers", static (ref json, ref servers) => servers = json.IsObject ? ReadByName(ref json) : ReadLone(ref json));

    /// <summary>There is always a lock server; servers of any other name belong to another daemon.</summary>
    private static readonly DocumentObject<List<ServerSnapshot>> ByName = new(isClosed: true);

    private static readonly JsonEncodedText LockServer = ByName.Mandatory(
        ServerSnapshot.LockServer,
        static (ref json, ref servers) => servers.Add(ServerSnapshot.Read(ref json, ServerSnapshot.LockServer)));

    private static readonly JsonEncodedText AdminServer = ByName.Optional(
        ServerSnapshot.AdminServer,
        static (ref json, ref servers) => servers.Add(ServerSnapshot.Read(ref json, ServerSnapshot.AdminServer)));

    internal static List<ServerSnapshot> Read(ref DocumentCursor json)
    {
        DocumentCursor start = json;
        List<ServerSnapshot>? servers = null;
        Daemon.Read(ref json, ref servers);
        return servers ?? [ServerSnapshot.Read(ref start, ServerSnapshot.LockServer)];
    }

    internal static void Write(Utf8JsonWriter json, JsonEncodedText key, IReadOnlyList<ServerSnapshot> servers)
    {
        json.WriteStartObject(key);
        json.WriteStartObject(Servers);
        foreach (ServerSnapshot server in servers)
        {
            json.WritePropertyName(server.Name == ServerSnapshot.LockServer ? LockServer : AdminServer);
            server.Write(json);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static List<ServerSnapshot> ReadByName(ref DocumentCursor json)
    {
        var servers = new List<ServerSnapshot>();
        ByName.Read(ref json, ref servers);
        return servers;
    }

    private static List<ServerSnapshot> ReadLone(ref DocumentCursor json)
    {
        DocumentCursor start = json;
        var servers = new List<ServerSnapshot>();
        json.EnterArray();
        while (json.NextItem())
        {
            servers.Add(ServerSnapshot.Read(ref json, ServerSnapshot.LockServer));
        }

        return servers.Count == 1 ? servers : throw start.Fail("must hold exactly one server");
    }
}
