using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>One of the daemon's servers with its sockets.</summary>
internal sealed record ServerSnapshot
{
    /// <summary>What libvirt calls the server of the lock protocol.</summary>
    internal const string LockServer = "virtlockd";

    /// <summary>What libvirt calls the server of the admin protocol.</summary>
    internal const string AdminServer = "admin";

    /// <summary>Keepalive is off: -1, which libvirt writes unsigned and reads in either form.</summary>
    private const uint NoKeepalive = uint.MaxValue;

    private static readonly DocumentObject<Reading> Server = new();

    private static readonly JsonEncodedText MinWorkers = Server.Mandatory("min_workers", static (ref json, ref _) => json.UInt32());

    private static readonly JsonEncodedText MaxWorkers = Server.Mandatory("max_workers", static (ref json, ref _) => json.UInt32());

    private static readonly JsonEncodedText PriorityWorkers = Server.Mandatory(
        "priority_workers", static (ref json, ref _) => json.UInt32());

    private static readonly JsonEncodedText MaxClients = Server.Mandatory(
        "max_clients", static (ref json, ref server) => server.MaximumClients = json.UInt32());

    private static readonly JsonEncodedText MaxAnonymousClients = Server.Optional("max_anonymous_clients", static (ref json, ref server) =>
    {
        server.AnonymousAt = json;
        server.MaximumAnonymousClients = json.UInt32();
    });

    private static readonly JsonEncodedText KeepaliveInterval = Server.Mandatory(
        "keepaliveInterval", static (ref json, ref _) => json.Int64(-1, NoKeepalive));

    private static readonly JsonEncodedText KeepaliveCount = Server.Mandatory("keepaliveCount", static (ref json, ref _) => json.UInt32());

    private static readonly JsonEncodedText NextClient = Server.Optional(
        "next_client_id", static (ref json, ref server) => server.NextClientId = json.UInt64());

    private static readonly JsonEncodedText Services = Server.Mandatory("services", static (ref json, ref server) =>
    {
        json.EnterArray();
        while (json.NextItem())
        {
            ServicePart.Read(ref json, server.Listeners);
        }
    });

    private static readonly JsonEncodedText ClientsKey = Server.Mandatory("clients", static (ref json, ref server) =>
    {
        json.EnterArray();
        while (json.NextItem())
        {
            server.Clients.Add(ClientSnapshot.Read(ref json, server.Name == LockServer));
        }
    });

    internal required string Name { get; init; }

    /// <summary>The limits go with the snapshot: a changed configuration is not looked at.</summary>
    internal required uint MaximumClients { get; init; }

    /// <summary>Never above <see cref="MaximumClients"/>.</summary>
    internal required uint MaximumAnonymousClients { get; init; }

    internal required ulong NextClientId { get; init; }

    internal required IReadOnlyList<ListenerSnapshot> Listeners { get; init; }

    internal required IReadOnlyList<ClientSnapshot> Clients { get; init; }

    internal static ServerSnapshot Read(ref DocumentCursor json, string name)
    {
        var server = new Reading(name);
        Server.Read(ref json, ref server);
        if (server.MaximumAnonymousClients > server.MaximumClients)
        {
            throw server.AnonymousAt.Fail("must not be greater than max_clients");
        }

        return new ServerSnapshot
        {
            Name = name,
            MaximumClients = server.MaximumClients,
            MaximumAnonymousClients = server.MaximumAnonymousClients ?? server.MaximumClients,
            NextClientId = NumberClients(server.Clients, server.NextClientId),
            Listeners = server.Listeners,
            Clients = server.Clients,
        };
    }

    /// <summary>Values that stand here as constants are what libvirt 9.0.0 writes for a daemon like ours.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber(MinWorkers, 0);
        json.WriteNumber(MaxWorkers, 0);
        json.WriteNumber(PriorityWorkers, 0);
        json.WriteNumber(MaxClients, MaximumClients);
        json.WriteNumber(MaxAnonymousClients, MaximumAnonymousClients);
        json.WriteNumber(KeepaliveInterval, NoKeepalive);
        json.WriteNumber(KeepaliveCount, 0);
        json.WriteNumber(NextClient, NextClientId);
        json.WriteStartArray(Services);
        ServicePart.Write(json, Listeners);
        json.WriteEndArray();
        json.WriteStartArray(ClientsKey);
        foreach (ClientSnapshot client in Clients)
        {
            client.Write(json, Name == LockServer);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>
    /// Gives a number to clients that have none or another's. Documents of before clients had numbers have none, and libvirt's daemon
    /// starts over when the next number is missing.
    /// </summary>
    /// <returns>The next number that is free, as are all above it.</returns>
    private static ulong NumberClients(List<ClientSnapshot> clients, ulong next)
    {
        var taken = new HashSet<ulong>(clients.Count) { ClientSnapshot.NoId };
        var unnumbered = new List<int>();
        for (int i = 0; i < clients.Count; i++)
        {
            if (!taken.Add(clients[i].Id))
            {
                unnumbered.Add(i);
            }
        }

        next = Math.Max(next, taken.Max() + 1);
        foreach (int i in unnumbered)
        {
            clients[i] = clients[i] with { Id = next++ };
        }

        return next;
    }

    private ref struct Reading(string name)
    {
        internal readonly string Name = name;
        internal readonly List<ListenerSnapshot> Listeners = [];
        internal readonly List<ClientSnapshot> Clients = [];
        internal uint MaximumClients;
        internal uint? MaximumAnonymousClients;
        internal DocumentCursor AnonymousAt;
        internal ulong NextClientId = 1;
    }
}
