using System.Buffers;
using VirtLock.Protocol;

namespace VirtLock.Sessions;

/// <summary>
/// One client's conversation with one program, and with keepalive, which every socket serves: the checks that come before a procedure's
/// own, in the order of libvirt's daemon. The host moves the bytes.
/// </summary>
internal abstract class Session(uint program, uint version, int lastProcedure)
{
    /// <summary>Told of every error that is sent to the client.</summary>
    internal Action<RemoteError>? Refused { get; init; }

    /// <summary>How much of a call its procedures read at most, in bytes from its length word on; its host need not keep more.</summary>
    internal abstract int LongestCall { get; }

    /// <summary>Answers one packet, or drops it in silence where libvirt does.</summary>
    /// <param name="header">The packet's header.</param>
    /// <param name="body">What follows the header, without descriptors' count.</param>
    /// <param name="output">Where the reply goes.</param>
    /// <returns>Null, or a reply that the host has to complete before it hands in the next packet; nothing was written then.</returns>
    internal PendingReply? Handle(in PacketHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        if (Keepalive.IsKeepalive(header))
        {
            if (Keepalive.IsPing(header))
            {
                Keepalive.WritePong(output);
            }

            return null;
        }

        if (!header.IsCall)
        {
            return null;
        }

        if (Refuse(header) is { } error)
        {
            Answer(header, error, output);
            return null;
        }

        return Call(header, body, output);
    }

    /// <summary>Answers a call whose header is in order, or leaves its reply pending.</summary>
    protected abstract PendingReply? Call(in PacketHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output);

    /// <summary>Writes the reply of a procedure that returns nothing: every one of these programs.</summary>
    internal void Answer(in PacketHeader header, RemoteError? error, IBufferWriter<byte> output)
    {
        if (error is null)
        {
            ReplyWriter.WriteVoid(output, header);
        }
        else
        {
            Refused?.Invoke(error);
            ReplyWriter.WriteError(output, header, error);
        }
    }

    private RemoteError? Refuse(in PacketHeader header)
    {
        if (header.Program != program || header.Version != version)
        {
            return RpcErrors.UnknownProgram(header);
        }

        if (header.Status != MessageStatus.Ok)
        {
            return RpcErrors.UnexpectedStatus(header);
        }

        return header.Procedure < 1 || header.Procedure > lastProcedure ? RpcErrors.UnknownProcedure(header) : null;
    }
}
