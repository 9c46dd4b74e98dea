namespace VirtLock.Protocol;

/// <summary>The errors of the request itself, found before any procedure runs. The connection survives all of them.</summary>
internal static class RpcErrors
{
    /// <summary>
    /// A call of a program, or a version of one, that this socket does not serve. Both are shown as signed numbers, as libvirt does.
    /// </summary>
    public static RemoteError UnknownProgram(in PacketHeader call) =>
        Rpc($"Cannot find program {(int)call.Program} version {(int)call.Version}");

    /// <summary>A call of a procedure that the program does not have.</summary>
    public static RemoteError UnknownProcedure(in PacketHeader call) => Rpc($"unknown procedure: {call.Procedure}");

    /// <summary>A call whose status is not <see cref="MessageStatus.Ok"/>.</summary>
    public static RemoteError UnexpectedStatus(in PacketHeader call) => Rpc($"Unexpected message status {(int)call.Status}");

    /// <summary>A call whose body does not hold the arguments of its procedure.</summary>
    public static RemoteError UndecodablePayload() => Rpc("Unable to decode message payload");

    private static RemoteError Rpc(string detail) => RemoteError.Ordinary(ErrorCode.Rpc, ErrorDomain.Rpc, detail);
}
