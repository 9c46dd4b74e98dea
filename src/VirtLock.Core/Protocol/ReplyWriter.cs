using System.Buffers;

namespace VirtLock.Protocol;

/// <summary>Writes the answers of a server, whole frames each.</summary>
internal static class ReplyWriter
{
    /// <summary>Appends the answer "done": 28 bytes.</summary>
    public static void WriteVoid(IBufferWriter<byte> output, in PacketHeader call)
    {
        ArgumentNullException.ThrowIfNull(output);
        PacketWriter.WriteStart(output, call.Reply(MessageStatus.Ok), bodySize: 0);
    }

    /// <summary>Appends the answer "failed", with the error as its body.</summary>
    public static void WriteError(IBufferWriter<byte> output, in PacketHeader call, RemoteError error)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        PacketWriter.WriteStart(output, call.Reply(MessageStatus.Error), error.EncodedSize);
        var writer = new XdrWriter(output);
        error.Encode(ref writer);
    }

    /// <summary>Appends a successful answer with results, which no lock procedure has but admin procedures do.</summary>
    /// <exception cref="ArgumentException">The results are longer than <see cref="ProtocolConstants.MaximumBodyLength"/>.</exception>
    public static void WriteResults(IBufferWriter<byte> output, in PacketHeader call, ReadOnlySpan<byte> results) =>
        PacketWriter.Write(output, call.Reply(MessageStatus.Ok), results);
}
