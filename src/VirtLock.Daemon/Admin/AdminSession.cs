using System.Buffers;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Admin;

/// <summary>
/// A conversation on the admin socket. The socket is there for those who expect it (systemd's units, a snapshot for libvirt's daemon) and
/// answers keepalive; the admin program's procedures are refused as unknown.
/// </summary>
internal sealed class AdminSession() : Session(ProtocolConstants.AdminProgram, ProtocolConstants.AdminVersion, lastProcedure: 0)
{
    /// <summary>The header, and the number of descriptors behind it.</summary>
    internal override int LongestCall => ProtocolConstants.MinimumFrameLength + sizeof(uint);

    protected override PendingReply? Call(in PacketHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output) =>
        throw new InvalidOperationException("A program without procedures has none to call.");
}
