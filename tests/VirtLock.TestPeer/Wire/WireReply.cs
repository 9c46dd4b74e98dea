namespace VirtLock.TestPeer.Wire;

/// <summary>One whole message from the server.</summary>
internal sealed record WireReply(uint Program, uint Version, int Procedure, uint Type, uint Serial, uint Status, byte[] Body)
{
    public bool IsOk => Status == 0;

    public WireError Error => Status == 1
        ? WireError.Decode(Body)
        : throw new InvalidOperationException($"The reply to procedure {Procedure} has status {Status}, not an error.");

    public override string ToString() => IsOk
        ? $"ok (procedure {Procedure}, serial {Serial})"
        : $"{Error.Code}/{Error.Domain} {Error.Message} (procedure {Procedure}, serial {Serial})";
}
