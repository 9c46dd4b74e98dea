using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A connected client, and how far its conversation has come.</summary>
internal sealed record ClientSnapshot
{
    /// <summary>The id of a client whose document gives it none; 0 is never given.</summary>
    internal const ulong NoId = 0;

    private static readonly DocumentObject<Reading> Client = new();

    private static readonly JsonEncodedText IdKey = Client.Optional("id", static (ref json, ref client) => client.Id = json.UInt64());

    private static readonly JsonEncodedText Auth = Client.Mandatory("auth", static (ref json, ref client) => client.Auth = json.Int32());

    private static readonly JsonEncodedText AuthPending = Client.Optional("auth_pending", static (ref json, ref client) =>
    {
        client.PendingAt = json;
        client.IsAuthPending = json.Boolean();
    });

    private static readonly JsonEncodedText ReadOnly = Client.Mandatory("readonly", static (ref json, ref _) => json.Boolean());

    private static readonly JsonEncodedText MaxRequests = Client.Mandatory("nrequests_max", static (ref json, ref _) => json.UInt32());

    private static readonly JsonEncodedText ConnectionTime = Client.Optional(
        "conn_time", static (ref json, ref client) => client.ConnectedAt = json.SecondsSinceEpoch());

    private static readonly JsonEncodedText Socket = Client.Mandatory(
        "sock", static (ref json, ref client) => client.Socket = SocketPart.Read(ref json));

    private static readonly JsonEncodedText PrivateData = Client.Mandatory("privateData", static (ref json, ref client) =>
    {
        if (client.SpeaksLock)
        {
            client.LockPart = LockClientPart.Read(ref json);
        }
        else
        {
            json.SkipObject();
        }
    });

    private static readonly JsonEncodedText VirtLock = Client.Optional(
        "virtlock", static (ref json, ref client) => VirtLockClientPart.Read(ref json, ref client.VirtLockPart));

    /// <summary>Unique in its server.</summary>
    internal required ulong Id { get; init; }

    /// <summary>The connected socket.</summary>
    internal required int Descriptor { get; init; }

    /// <summary>Kept in whole seconds.</summary>
    internal required DateTimeOffset ConnectedAt { get; init; }

    internal bool IsRestricted { get; init; }

    /// <summary>Whom the client registered; null before it did, and for clients of the admin server.</summary>
    internal Owner? Owner { get; init; }

    /// <summary>The pidfd of the peer's process where the socket does not keep it; -1 else.</summary>
    internal int PeerDescriptor { get; init; } = -1;

    /// <summary>What was received and not yet dealt with.</summary>
    internal ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Replies, or what is left of one, that the socket had no room for.</summary>
    internal ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>Reads a client.</summary>
    /// <param name="json">Where it begins.</param>
    /// <param name="speaksLock">Whether it is a client of the lock server.</param>
    internal static ClientSnapshot Read(ref DocumentCursor json, bool speaksLock)
    {
        var client = new Reading(speaksLock);
        Client.Read(ref json, ref client);
        if (client is { IsAuthPending: true, Auth: 0 })
        {
            throw client.PendingAt.Fail("must not be true where auth is 0");
        }

        Owner? owner = client.LockPart.Owner;
        return new ClientSnapshot
        {
            Id = client.Id,
            Descriptor = client.Socket.Descriptor,
            ConnectedAt = client.ConnectedAt,
            IsRestricted = client.LockPart.IsRestricted,
            Owner = owner is null
                ? null
                : owner with { Name = client.VirtLockPart.OwnerName ?? owner.Name, ProcessStart = client.VirtLockPart.OwnerStart },
            PeerDescriptor = client.VirtLockPart.PeerDescriptor,
            Input = client.VirtLockPart.Input,
            Output = client.VirtLockPart.Output,
        };
    }

    internal void Write(Utf8JsonWriter json, bool speaksLock)
    {
        json.WriteStartObject();
        json.WriteNumber(IdKey, Id);
        json.WriteNumber(Auth, 0);
        json.WriteBoolean(AuthPending, false);
        json.WriteBoolean(ReadOnly, false);
        json.WriteNumber(MaxRequests, 1);
        json.WriteNumber(ConnectionTime, ConnectedAt.ToUnixTimeSeconds());
        json.WritePropertyName(Socket);
        new SocketPart(Descriptor, IsOwn: false).Write(json, isClient: true);
        json.WriteStartObject(PrivateData);
        if (speaksLock)
        {
            new LockClientPart(IsRestricted, Owner).WriteKeys(json);
        }

        json.WriteEndObject();
        VirtLockClientPart.Write(json, VirtLock, this);
        json.WriteEndObject();
    }

    private ref struct Reading(bool speaksLock)
    {
        internal readonly bool SpeaksLock = speaksLock;
        internal ulong Id = NoId;
        internal int Auth;
        internal bool IsAuthPending;
        internal DocumentCursor PendingAt;
        internal DateTimeOffset ConnectedAt = DateTimeOffset.UnixEpoch;
        internal SocketPart Socket;
        internal LockClientPart LockPart;
        internal VirtLockClientPart VirtLockPart = new();
    }
}
