using System.Buffers;

namespace VirtLock.Protocol;

/// <summary>The keepalive program: packets without a body, outside the order of calls and replies.</summary>
internal static class Keepalive
{
    /// <summary>
    /// Whether a packet is for the keepalive program. One with another version or type is not: it goes the way of an unknown program.
    /// </summary>
    public static bool IsKeepalive(in PacketHeader header) =>
        header is
        {
            Program: ProtocolConstants.KeepaliveProgram,
            Version: ProtocolConstants.KeepaliveVersion,
            Type: MessageType.Message,
        };

    /// <summary>Whether a packet is a ping, which <see cref="WritePong"/> answers. Any other keepalive packet is swallowed.</summary>
    public static bool IsPing(in PacketHeader header) =>
        IsKeepalive(header) && header.Procedure == (int)KeepaliveProcedure.Ping;

    /// <summary>Appends a ping.</summary>
    public static void WritePing(IBufferWriter<byte> output) => Write(output, KeepaliveProcedure.Ping);

    /// <summary>Appends the answer to a ping. Its serial is 0, whatever the ping's was.</summary>
    public static void WritePong(IBufferWriter<byte> output) => Write(output, KeepaliveProcedure.Pong);

    private static void Write(IBufferWriter<byte> output, KeepaliveProcedure procedure)
    {
        ArgumentNullException.ThrowIfNull(output);
        var header = new PacketHeader(
            ProtocolConstants.KeepaliveProgram,
            ProtocolConstants.KeepaliveVersion,
            (int)procedure,
            MessageType.Message,
            Serial: 0,
            MessageStatus.Ok);
        PacketWriter.WriteStart(output, header, bodySize: 0);
    }
}
