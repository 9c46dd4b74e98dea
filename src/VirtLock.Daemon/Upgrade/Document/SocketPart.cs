using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A socket: a listening one in its service, or that of a client.</summary>
/// <param name="Descriptor">Its number in this process.</param>
/// <param name="IsOwn">Whether its path in the file system is the daemon's to remove.</param>
internal readonly record struct SocketPart(int Descriptor, bool IsOwn)
{
    private static readonly DocumentObject<Reading> Socket = new();

    private static readonly JsonEncodedText DescriptorKey = Socket.Mandatory(
        "fd", static (ref json, ref socket) => socket.Descriptor = json.Descriptor());

    private static readonly JsonEncodedText ErrorDescriptor = Socket.Mandatory("errfd", static (ref json, ref _) => json.Int32());

    private static readonly JsonEncodedText Pid = Socket.Mandatory("pid", static (ref json, ref _) => json.Int32());

    private static readonly JsonEncodedText IsClient = Socket.Mandatory(
        "isClient", static (ref json, ref socket) => socket.IsClient = json.Boolean());

    private static readonly JsonEncodedText UnlinkPath = Socket.Optional(
        "unlinkUNIX", static (ref json, ref socket) => socket.UnlinkPath = json.Boolean());

    internal static SocketPart Read(ref DocumentCursor json)
    {
        var socket = default(Reading);
        Socket.Read(ref json, ref socket);
        return new SocketPart(socket.Descriptor, socket.UnlinkPath ?? !socket.IsClient);
    }

    internal void Write(Utf8JsonWriter json, bool isClient)
    {
        json.WriteStartObject();
        json.WriteNumber(DescriptorKey, Descriptor);
        json.WriteNumber(ErrorDescriptor, -1);

        // Any other pid is taken for a child, and killed when the socket is closed.
        json.WriteNumber(Pid, 0);
        json.WriteBoolean(IsClient, isClient);
        json.WriteBoolean(UnlinkPath, IsOwn);
        json.WriteEndObject();
    }

    private struct Reading
    {
        internal int Descriptor;
        internal bool IsClient;
        internal bool? UnlinkPath;
    }
}
