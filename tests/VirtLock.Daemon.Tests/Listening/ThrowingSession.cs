using System.Buffers;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Tests.Listening;

/// <summary>A program whose only procedure fails in the middle of its reply.</summary>
internal sealed class ThrowingSession() : Session(ProtocolConstants.AdminProgram, ProtocolConstants.AdminVersion, lastProcedure: 1)
{
    internal override int LongestCall => ProtocolConstants.MinimumFrameLength;

    protected override PendingReply? Call(in PacketHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        ReplyWriter.WriteVoid(output, header);
        throw new InvalidOperationException("The procedure failed.");
    }
}
