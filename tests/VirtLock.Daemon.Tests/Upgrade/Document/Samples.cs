using System.Buffers;
using System.Text;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Snapshots and documents that tests begin with.</summary>
internal static class Samples
{
    internal const int Pid = 2023;

    /// <summary>What <see cref="Full"/> is as a document, without the LF at its end.</summary>
    internal static readonly string FullDocument = string.Concat("""
        {"magic":"2023",
        "virtlock":{"pidFile":3,"idleMs":1500,
        "fencings":[{"pid":77,"fd":30,"ownerPid":77,"elapsedMs":4200,"killed":false}],
        "owners":[{"pid":2066,"id":1,"name":"demoA","uuid":"00010203-0405-4607-8809-0a0b0c0d0e0f"},
        {"pid":4242,"id":2,"name":"b\uFFFD","nameBytes":"Yv8=","uuid":"10111213-1415-4617-9819-1a1b1c1d1e1f"}]},
        "daemon":{"servers":{
        "virtlockd":{"min_workers":0,"max_workers":0,"priority_workers":0,"max_clients":1024,"max_anonymous_clients":20,
        "keepaliveInterval":4294967295,"keepaliveCount":0,"next_client_id":4,
        "services":[{"auth":0,"readonly":false,"nrequests_client_max":1,"socks":[
        {"fd":4,"errfd":-1,"pid":0,"isClient":false,"unlinkUNIX":false}]}],
        "clients":[
        {"id":1,"auth":0,"auth_pending":false,"readonly":false,"nrequests_max":1,"conn_time":1795330340,
        "sock":{"fd":9,"errfd":-1,"pid":0,"isClient":true,"unlinkUNIX":false},
        "privateData":{"restricted":true,"ownerPid":2066,"ownerId":1,"ownerName":"demoA",
        "ownerUUID":"00010203-0405-4607-8809-0a0b0c0d0e0f"}},
        {"id":2,"auth":0,"auth_pending":false,"readonly":false,"nrequests_max":1,"conn_time":1795330341,
        "sock":{"fd":15,"errfd":-1,"pid":0,"isClient":true,"unlinkUNIX":false},
        "privateData":{"restricted":false,"ownerPid":4242,"ownerId":2,"ownerName":"b\uFFFD",
        "ownerUUID":"10111213-1415-4617-9819-1a1b1c1d1e1f"},
        "virtlock":{"ownerNameBytes":"Yv8=","peer":16,"input":"AAAAHP8=","output":"AQID"}},
        {"id":3,"auth":0,"auth_pending":false,"readonly":false,"nrequests_max":1,"conn_time":1795330342,
        "sock":{"fd":17,"errfd":-1,"pid":0,"isClient":true,"unlinkUNIX":false},
        "privateData":{"restricted":false,"ownerPid":0,"ownerId":0,"ownerName":"","ownerUUID":"00000000-0000-0000-0000-000000000000"}}]},
        "admin":{"min_workers":0,"max_workers":0,"priority_workers":0,"max_clients":5000,"max_anonymous_clients":5000,
        "keepaliveInterval":4294967295,"keepaliveCount":0,"next_client_id":1,
        "services":[{"auth":0,"readonly":false,"nrequests_client_max":1,"socks":[
        {"fd":5,"errfd":-1,"pid":0,"isClient":false,"unlinkUNIX":true}]}],
        "clients":[]}}},
        "defaultLockspace":{"resources":[
        {"name":"/images/shared.img","path":"/images/shared.img","fd":12,"lockHeld":true,"flags":1,"owners":[2066,4242,2066],
        "virtlock":{"kind":"ofd","leases":[0,1795330340123,1,1795330341456,0,null]}},
        {"name":"/images/\uFFFD~1","path":"/images/\uFFFD","fd":13,"lockHeld":true,"flags":0,"owners":[4242],
        "virtlock":{"kind":"posix","nameBytes":"L2ltYWdlcy//","pathBytes":"L2ltYWdlcy//","leases":[1,1795330341457]}}]},
        "lockspaces":[{"directory":"/locks","resources":[
        {"name":"file","path":"/locks/file","fd":14,"lockHeld":true,"flags":3,"owners":[2066],
        "virtlock":{"kind":"ofd","device":2049,"inode":9223372036854775809,"leases":[0,1795330340124]}}]},
        {"directory":"/\uFFFD~1","virtlock":{"directoryBytes":"L/8="},"resources":[]}]}
        """.Replace("\\uFFFD", "\uFFFD", StringComparison.Ordinal).Split('\n'));

    internal static readonly Owner First = new(
        new ProcessId(2066), new OwnerName("demoA"), 1, Guid.Parse("00010203-0405-4607-8809-0a0b0c0d0e0f"));

    internal static readonly Owner Second = new(
        new ProcessId(4242), new OwnerName([(byte)'b', 0xFF]), 2, Guid.Parse("10111213-1415-4617-9819-1a1b1c1d1e1f"));

    /// <summary>A snapshot in which every field says something.</summary>
    internal static Snapshot Full => new()
    {
        Pid = Pid,
        PidFileDescriptor = 3,
        IdleFor = TimeSpan.FromMilliseconds(1500),
        Fencings = [new FencingSnapshot(new ProcessId(77), 30, TimeSpan.FromMilliseconds(4200))],
        Servers = [LockServer, AdminServer],
        Default = new LockSpaceSnapshot(
            null,
            [
                Resource("/images/shared.img"u8,
                    "/images/shared.img"u8, 12, LockMode.Shared, isAutocreated: false, LockKind.OpenFileDescription, [
                    new LeaseSnapshot(First, Time(1795330340123)),
                    new LeaseSnapshot(Second, Time(1795330341456)),
                    new LeaseSnapshot(First, null),
                ]),
                Resource([.. "/images/"u8, 0xFF], [.. "/images/"u8, 0xFF], 13, LockMode.Exclusive, isAutocreated: false, LockKind.Posix, [
                    new LeaseSnapshot(Second, Time(1795330341457)),
                ]),
            ]),
        Directories =
        [
            new LockSpaceSnapshot(new FilePath("/locks"), [
                Resource("file"u8, "/locks/file"u8, 14, LockMode.Shared, isAutocreated: true, LockKind.OpenFileDescription, [
                    new LeaseSnapshot(First, Time(1795330340124)),
                ]) with { Identity = new FileIdentity(2049, 0x8000_0000_0000_0001) },
            ]),
            new LockSpaceSnapshot(new FilePath([(byte)'/', 0xFF]), []),
        ],
    };

    internal static ServerSnapshot AdminServer => new()
    {
        Name = ServerSnapshot.AdminServer,
        MaximumClients = 5000,
        MaximumAnonymousClients = 5000,
        NextClientId = 1,
        Listeners = [new ListenerSnapshot(5, IsOwn: true)],
        Clients = [],
    };

    private static ServerSnapshot LockServer => new()
    {
        Name = ServerSnapshot.LockServer,
        MaximumClients = 1024,
        MaximumAnonymousClients = 20,
        NextClientId = 4,
        Listeners = [new ListenerSnapshot(4, IsOwn: false)],
        Clients =
        [
            new ClientSnapshot { Id = 1, Descriptor = 9, ConnectedAt = Time(1795330340000), IsRestricted = true, Owner = First },
            new ClientSnapshot
            {
                Id = 2,
                Descriptor = 15,
                ConnectedAt = Time(1795330341000),
                Owner = Second,
                PeerDescriptor = 16,
                Input = new byte[] { 0, 0, 0, 28, 255 },
                Output = new byte[] { 1, 2, 3 },
            },
            new ClientSnapshot { Id = 3, Descriptor = 17, ConnectedAt = Time(1795330342000) },
        ],
    };

    internal static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    internal static byte[] Write(Snapshot snapshot)
    {
        var output = new ArrayBufferWriter<byte>();
        snapshot.Write(output);
        return output.WrittenSpan.ToArray();
    }

    internal static Snapshot? Read(string document) => Snapshot.Read(Encoding.UTF8.GetBytes(document), Pid);

    internal static ResourceSnapshot Resource(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> path,
        int descriptor,
        LockMode mode,
        bool isAutocreated,
        LockKind kind,
        LeaseSnapshot[] leases) => new()
        {
            Name = new ResourceName(name),
            Path = new FilePath(path),
            Descriptor = descriptor,
            Mode = mode,
            IsAutocreated = isAutocreated,
            Kind = kind,
            Leases = leases,
        };
}
