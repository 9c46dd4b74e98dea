namespace VirtLock.Protocol;

/// <summary>The arguments of <see cref="LockProcedure.Restrict"/>.</summary>
public readonly ref struct RestrictArguments
{
    /// <summary>Collects the arguments.</summary>
    internal RestrictArguments(uint flags) => Flags = flags;

    /// <summary>Must be 0 for the server to accept the call.</summary>
    public uint Flags { get; }

    internal static int EncodedSize => sizeof(uint);

    /// <summary>Decodes the arguments from the body of a call; what follows them is ignored.</summary>
    /// <returns><see langword="false"/> if the body is too short.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> body, out RestrictArguments arguments)
    {
        var reader = new XdrReader(body);
        bool decoded = reader.TryReadUInt32(out uint flags);
        arguments = new RestrictArguments(flags);
        return decoded;
    }

    /// <summary>Appends the encoded arguments.</summary>
    internal void Encode(ref XdrWriter writer) => writer.WriteUInt32(Flags);
}
