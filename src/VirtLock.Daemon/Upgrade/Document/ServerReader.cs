namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads the servers with their listening sockets.</summary>
internal static class ServerReader
{
    private const int MaxClients = 0;
    private const int KeepaliveInterval = 1;
    private const int Services = 2;
    private const int Clients = 3;
    private const int MaxAnonymousClients = 8;
    private const int NextClientId = 9;

    private static readonly DocumentKeys DaemonKeys = new(0, DocumentKey.Servers);

    /// <summary>There is always a lock server; servers of any other name belong to another daemon.</summary>
    private static readonly DocumentKeys NameKeys = new(1, DocumentKey.LockServer, DocumentKey.AdminServer) { IsClosed = true };

    private static readonly DocumentKeys ServerKeys = new(
        8,
        DocumentKey.MaxClients,
        DocumentKey.KeepaliveInterval,
        DocumentKey.Services,
        DocumentKey.Clients,
        DocumentKey.MinWorkers,
        DocumentKey.MaxWorkers,
        DocumentKey.PriorityWorkers,
        DocumentKey.KeepaliveCount,
        DocumentKey.MaxAnonymousClients,
        DocumentKey.NextClientId);

    /// <summary>Reads the daemon's part: its servers by name or, as older versions wrote it, an array of one, or the server itself.</summary>
    internal static List<ServerSnapshot> ReadDaemon(ref DocumentCursor json)
    {
        List<ServerSnapshot>? servers = null;
        DocumentCursor start = json;
        DocumentObject daemon = json.EnterObject(DaemonKeys);
        while (json.NextKey(ref daemon))
        {
            servers = json.IsObject ? ReadByName(ref json) : ReadLone(ref json);
        }

        return servers ?? [Read(ref start, ServerSnapshot.LockServer)];
    }

    internal static ServerSnapshot Read(ref DocumentCursor json, string name)
    {
        uint maximum = 0;
        uint? maximumAnonymous = null;
        ulong nextClientId = 1;
        var listeners = new List<ListenerSnapshot>();
        var clients = new List<ClientSnapshot>();
        DocumentCursor anonymous = default;
        DocumentObject server = json.EnterObject(ServerKeys);
        while (json.NextKey(ref server))
        {
            switch (server.Key)
            {
                case MaxClients:
                    maximum = json.UInt32();
                    break;
                case KeepaliveInterval:
                    // libvirt reads its -1 in either form.
                    json.Int64(-1, uint.MaxValue);
                    break;
                case Services:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        SocketReader.ReadService(ref json, listeners);
                    }

                    break;
                case Clients:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        clients.Add(ClientReader.Read(ref json, name == ServerSnapshot.LockServer));
                    }

                    break;
                case MaxAnonymousClients:
                    anonymous = json;
                    maximumAnonymous = json.UInt32();
                    break;
                case NextClientId:
                    nextClientId = json.UInt64();
                    break;
                default:
                    json.UInt32();
                    break;
            }
        }

        if (maximumAnonymous > maximum)
        {
            throw anonymous.Fail("must not be greater than max_clients");
        }

        return new ServerSnapshot
        {
            Name = name,
            MaximumClients = maximum,
            MaximumAnonymousClients = maximumAnonymous ?? maximum,
            NextClientId = ClientNumbers.Complete(clients, nextClientId),
            Listeners = listeners,
            Clients = clients,
        };
    }

    private static List<ServerSnapshot> ReadByName(ref DocumentCursor json)
    {
        var servers = new List<ServerSnapshot>();
        DocumentObject names = json.EnterObject(NameKeys);
        while (json.NextKey(ref names))
        {
            servers.Add(Read(ref json, names.Key == 0 ? ServerSnapshot.LockServer : ServerSnapshot.AdminServer));
        }

        return servers;
    }

    private static List<ServerSnapshot> ReadLone(ref DocumentCursor json)
    {
        DocumentCursor start = json;
        var servers = new List<ServerSnapshot>();
        json.EnterArray();
        while (json.NextItem())
        {
            servers.Add(Read(ref json, ServerSnapshot.LockServer));
        }

        return servers.Count == 1 ? servers : throw start.Fail("must hold exactly one server");
    }
}
