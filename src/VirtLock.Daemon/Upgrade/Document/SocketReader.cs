namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads sockets: listening ones in their services, and those of clients.</summary>
internal static class SocketReader
{
    private const int Auth = 0;
    private const int ReadOnly = 1;
    private const int MaxRequests = 2;

    private const int Descriptor = 0;
    private const int IsClient = 1;
    private const int UnlinkPath = 4;

    private static readonly DocumentKeys ServiceKeys = new(
        4, DocumentKey.Auth, DocumentKey.ReadOnly, DocumentKey.MaxRequestsOfClient, DocumentKey.Sockets);

    private static readonly DocumentKeys SocketKeys = new(
        4, DocumentKey.Descriptor, DocumentKey.IsClient, DocumentKey.ErrorDescriptor, DocumentKey.Pid, DocumentKey.UnlinkPath);

    /// <summary>Reads a service, of which only the sockets matter here: authentication and read-only access are not for lock clients.</summary>
    internal static void ReadService(ref DocumentCursor json, List<ListenerSnapshot> listeners)
    {
        DocumentObject service = json.EnterObject(ServiceKeys);
        while (json.NextKey(ref service))
        {
            switch (service.Key)
            {
                case Auth:
                    json.Int32();
                    break;
                case ReadOnly:
                    json.Boolean();
                    break;
                case MaxRequests:
                    json.UInt32();
                    break;
                default:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        int descriptor = Read(ref json, out bool isOwn);
                        listeners.Add(new ListenerSnapshot(descriptor, isOwn));
                    }

                    break;
            }
        }
    }

    /// <summary>Reads a socket.</summary>
    /// <param name="json">Where it stands.</param>
    /// <param name="isOwn">Whether its path is to be removed in the end.</param>
    /// <returns>Its descriptor.</returns>
    internal static int Read(ref DocumentCursor json, out bool isOwn)
    {
        int descriptor = -1;
        bool isClient = false;
        bool? unlinkPath = null;
        DocumentObject socket = json.EnterObject(SocketKeys);
        while (json.NextKey(ref socket))
        {
            switch (socket.Key)
            {
                case Descriptor:
                    descriptor = json.Descriptor();
                    break;
                case IsClient:
                    isClient = json.Boolean();
                    break;
                case UnlinkPath:
                    unlinkPath = json.Boolean();
                    break;
                default:
                    json.Int32();
                    break;
            }
        }

        isOwn = unlinkPath ?? !isClient;
        return descriptor;
    }
}
