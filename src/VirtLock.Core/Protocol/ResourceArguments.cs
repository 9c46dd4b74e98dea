namespace VirtLock.Protocol;

/// <summary>
/// The arguments of the four procedures that name a resource: create, delete, acquire, release. The spans are windows, not copies.
/// </summary>
public readonly ref struct ResourceArguments
{
    /// <summary>Collects the arguments.</summary>
    /// <exception cref="ArgumentException">The path or the name is longer than 65,536 bytes.</exception>
    internal ResourceArguments(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, uint flags)
    {
        Path = ArgumentLimits.LockString(path, nameof(path));
        Name = ArgumentLimits.LockString(name, nameof(name));
        Flags = flags;
    }

    /// <summary>The lock space, as bytes; a NUL in it is handed on. Empty means the default lock space.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>The resource, as bytes; a NUL in it is handed on.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>
    /// The flags as they came, unknown bits included: <see cref="AcquireFlags"/> for <see cref="LockProcedure.AcquireResource"/>, and 0
    /// for the other procedures if the server is to accept the call.
    /// </summary>
    public uint Flags { get; }

    internal int EncodedSize => XdrWriter.OpaqueSize(Path.Length) + XdrWriter.OpaqueSize(Name.Length) + sizeof(uint);

    /// <summary>Decodes the arguments from the body of a call; what follows them is ignored.</summary>
    /// <returns><see langword="false"/> if the body is too short or a string too long.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> body, out ResourceArguments arguments)
    {
        var reader = new XdrReader(body);
        if (reader.TryReadOpaque(ProtocolConstants.MaximumLockStringLength, out ReadOnlySpan<byte> path)
            && reader.TryReadOpaque(ProtocolConstants.MaximumLockStringLength, out ReadOnlySpan<byte> name)
            && reader.TryReadUInt32(out uint flags))
        {
            arguments = new ResourceArguments(path, name, flags);
            return true;
        }

        arguments = default;
        return false;
    }

    /// <summary>Appends the encoded arguments.</summary>
    internal void Encode(ref XdrWriter writer)
    {
        writer.WriteOpaque(Path);
        writer.WriteOpaque(Name);
        writer.WriteUInt32(Flags);
    }
}
