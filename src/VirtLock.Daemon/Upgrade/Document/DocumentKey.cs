using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// The keys of libvirt's restart document, as libvirt 9.0.0 writes it, and those below <see cref="VirtLock"/>, the one key of ours. libvirt's daemon
/// passes over keys that it does not know, wherever they stand.
/// </summary>
internal static class DocumentKey
{
    internal static readonly JsonEncodedText Daemon = JsonEncodedText.Encode("daemon");
    internal static readonly JsonEncodedText Servers = JsonEncodedText.Encode("servers");
    internal static readonly JsonEncodedText Server = JsonEncodedText.Encode("server");
    internal static readonly JsonEncodedText DefaultLockSpace = JsonEncodedText.Encode("defaultLockspace");
    internal static readonly JsonEncodedText LockSpaces = JsonEncodedText.Encode("lockspaces");
    internal static readonly JsonEncodedText Magic = JsonEncodedText.Encode("magic");

    internal static readonly JsonEncodedText LockServer = JsonEncodedText.Encode(ServerSnapshot.LockServer);
    internal static readonly JsonEncodedText AdminServer = JsonEncodedText.Encode(ServerSnapshot.AdminServer);

    internal static readonly JsonEncodedText MinWorkers = JsonEncodedText.Encode("min_workers");
    internal static readonly JsonEncodedText MaxWorkers = JsonEncodedText.Encode("max_workers");
    internal static readonly JsonEncodedText PriorityWorkers = JsonEncodedText.Encode("priority_workers");
    internal static readonly JsonEncodedText MaxClients = JsonEncodedText.Encode("max_clients");
    internal static readonly JsonEncodedText MaxAnonymousClients = JsonEncodedText.Encode("max_anonymous_clients");
    internal static readonly JsonEncodedText KeepaliveInterval = JsonEncodedText.Encode("keepaliveInterval");
    internal static readonly JsonEncodedText KeepaliveCount = JsonEncodedText.Encode("keepaliveCount");
    internal static readonly JsonEncodedText NextClientId = JsonEncodedText.Encode("next_client_id");
    internal static readonly JsonEncodedText Services = JsonEncodedText.Encode("services");
    internal static readonly JsonEncodedText Clients = JsonEncodedText.Encode("clients");

    internal static readonly JsonEncodedText Auth = JsonEncodedText.Encode("auth");
    internal static readonly JsonEncodedText ReadOnly = JsonEncodedText.Encode("readonly");
    internal static readonly JsonEncodedText MaxRequestsOfClient = JsonEncodedText.Encode("nrequests_client_max");
    internal static readonly JsonEncodedText Sockets = JsonEncodedText.Encode("socks");

    internal static readonly JsonEncodedText Descriptor = JsonEncodedText.Encode("fd");
    internal static readonly JsonEncodedText ErrorDescriptor = JsonEncodedText.Encode("errfd");
    internal static readonly JsonEncodedText Pid = JsonEncodedText.Encode("pid");
    internal static readonly JsonEncodedText IsClient = JsonEncodedText.Encode("isClient");
    internal static readonly JsonEncodedText UnlinkPath = JsonEncodedText.Encode("unlinkUNIX");

    internal static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    internal static readonly JsonEncodedText AuthPending = JsonEncodedText.Encode("auth_pending");
    internal static readonly JsonEncodedText MaxRequests = JsonEncodedText.Encode("nrequests_max");
    internal static readonly JsonEncodedText ConnectionTime = JsonEncodedText.Encode("conn_time");
    internal static readonly JsonEncodedText Socket = JsonEncodedText.Encode("sock");
    internal static readonly JsonEncodedText PrivateData = JsonEncodedText.Encode("privateData");
    internal static readonly JsonEncodedText Restricted = JsonEncodedText.Encode("restricted");
    internal static readonly JsonEncodedText OwnerPid = JsonEncodedText.Encode("ownerPid");
    internal static readonly JsonEncodedText OwnerId = JsonEncodedText.Encode("ownerId");
    internal static readonly JsonEncodedText OwnerName = JsonEncodedText.Encode("ownerName");
    internal static readonly JsonEncodedText OwnerUuid = JsonEncodedText.Encode("ownerUUID");

    internal static readonly JsonEncodedText Directory = JsonEncodedText.Encode("directory");
    internal static readonly JsonEncodedText Resources = JsonEncodedText.Encode("resources");
    internal static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    internal static readonly JsonEncodedText Path = JsonEncodedText.Encode("path");
    internal static readonly JsonEncodedText LockHeld = JsonEncodedText.Encode("lockHeld");
    internal static readonly JsonEncodedText Flags = JsonEncodedText.Encode("flags");
    internal static readonly JsonEncodedText Owners = JsonEncodedText.Encode("owners");

    internal static readonly JsonEncodedText VirtLock = JsonEncodedText.Encode("virtlock");

    internal static readonly JsonEncodedText PidFile = JsonEncodedText.Encode("pidFile");
    internal static readonly JsonEncodedText IdleMilliseconds = JsonEncodedText.Encode("idleMs");
    internal static readonly JsonEncodedText Fencings = JsonEncodedText.Encode("fencings");
    internal static readonly JsonEncodedText ElapsedMilliseconds = JsonEncodedText.Encode("elapsedMs");
    internal static readonly JsonEncodedText Killed = JsonEncodedText.Encode("killed");
    internal static readonly JsonEncodedText Uuid = JsonEncodedText.Encode("uuid");

    internal static readonly JsonEncodedText Peer = JsonEncodedText.Encode("peer");
    internal static readonly JsonEncodedText Input = JsonEncodedText.Encode("input");
    internal static readonly JsonEncodedText Output = JsonEncodedText.Encode("output");
    internal static readonly JsonEncodedText OwnerNameBytes = JsonEncodedText.Encode("ownerNameBytes");

    internal static readonly JsonEncodedText DirectoryBytes = JsonEncodedText.Encode("directoryBytes");
    internal static readonly JsonEncodedText NameBytes = JsonEncodedText.Encode("nameBytes");
    internal static readonly JsonEncodedText PathBytes = JsonEncodedText.Encode("pathBytes");
    internal static readonly JsonEncodedText Kind = JsonEncodedText.Encode("kind");
    internal static readonly JsonEncodedText Leases = JsonEncodedText.Encode("leases");
}
