namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads clients.</summary>
internal static class ClientReader
{
    private const int Auth = 0;
    private const int ReadOnly = 1;
    private const int MaxRequests = 2;
    private const int Socket = 3;
    private const int PrivateData = 4;
    private const int Id = 5;
    private const int AuthPending = 6;
    private const int ConnectionTime = 7;

    private static readonly DocumentKeys ClientKeys = new(
        5,
        DocumentKey.Auth,
        DocumentKey.ReadOnly,
        DocumentKey.MaxRequests,
        DocumentKey.Socket,
        DocumentKey.PrivateData,
        DocumentKey.Id,
        DocumentKey.AuthPending,
        DocumentKey.ConnectionTime,
        DocumentKey.VirtLock);

    internal static ClientSnapshot Read(ref DocumentCursor json, bool speaksLock)
    {
        ulong id = ClientNumbers.None;
        int auth = 0;
        bool isAuthPending = false;
        int descriptor = -1;
        DateTimeOffset connectedAt = DateTimeOffset.UnixEpoch;
        LockClientPart lockPart = default;
        OwnClientPart own = OwnClientPart.None;
        DocumentCursor pending = default;
        DocumentObject client = json.EnterObject(ClientKeys);
        while (json.NextKey(ref client))
        {
            switch (client.Key)
            {
                case Auth:
                    auth = json.Int32();
                    break;
                case ReadOnly:
                    json.Boolean();
                    break;
                case MaxRequests:
                    json.UInt32();
                    break;
                case Socket:
                    descriptor = SocketReader.Read(ref json, out _);
                    break;
                case PrivateData when speaksLock:
                    lockPart = LockClientPart.Read(ref json);
                    break;
                case PrivateData:
                    json.EnterObject(ClientKeys);
                    json.Skip();
                    break;
                case Id:
                    id = json.UInt64();
                    break;
                case AuthPending:
                    pending = json;
                    isAuthPending = json.Boolean();
                    break;
                case ConnectionTime:
                    connectedAt = json.SecondsSinceEpoch();
                    break;
                default:
                    own = OwnClientPart.Read(ref json);
                    break;
            }
        }

        if (isAuthPending && auth == 0)
        {
            throw pending.Fail("must not be true where auth is 0");
        }

        return new ClientSnapshot
        {
            Id = id,
            Descriptor = descriptor,
            ConnectedAt = connectedAt,
            IsRestricted = lockPart.IsRestricted,
            Owner = own.OwnerName is { } name && lockPart.Owner is { } owner ? owner with { Name = name } : lockPart.Owner,
            PeerDescriptor = own.PeerDescriptor,
            Input = own.Input,
            Output = own.Output,
        };
    }
}
