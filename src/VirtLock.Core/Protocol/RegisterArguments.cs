namespace VirtLock.Protocol;

/// <summary>
/// The arguments of <see cref="LockProcedure.Register"/>: on whose behalf the connection speaks. The spans are windows, not copies.
/// </summary>
public readonly ref struct RegisterArguments
{
    /// <summary>Collects the arguments.</summary>
    /// <exception cref="ArgumentException">The UUID is not 16 bytes, or the name is longer than 65,536.</exception>
    internal RegisterArguments(ReadOnlySpan<byte> uuid, ReadOnlySpan<byte> name, uint domainId, uint pid, uint flags)
    {
        Uuid = ArgumentLimits.Uuid(uuid, nameof(uuid));
        Name = ArgumentLimits.LockString(name, nameof(name));
        DomainId = domainId;
        Pid = pid;
        Flags = flags;
    }

    /// <summary>The UUID of the owner: 16 raw bytes.</summary>
    public ReadOnlySpan<byte> Uuid { get; }

    /// <summary>The name of the owner as bytes, for people only; need not be UTF-8.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The id of the running guest. A server takes 0 for "not registered".</summary>
    public uint DomainId { get; }

    /// <summary>The process the leases will belong to.</summary>
    public uint Pid { get; }

    /// <summary>Must be 0 for the server to accept the call.</summary>
    public uint Flags { get; }

    internal int EncodedSize => ProtocolConstants.UuidSize + XdrWriter.OpaqueSize(Name.Length) + (3 * sizeof(uint));

    /// <summary>Decodes the arguments from the body of a call; what follows them is ignored.</summary>
    /// <returns><see langword="false"/> if the body is too short or the name too long.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> body, out RegisterArguments arguments)
    {
        var reader = new XdrReader(body);
        if (reader.TryReadFixedOpaque(ProtocolConstants.UuidSize, out ReadOnlySpan<byte> uuid)
            && reader.TryReadOpaque(ProtocolConstants.MaximumLockStringLength, out ReadOnlySpan<byte> name)
            && reader.TryReadUInt32(out uint domainId)
            && reader.TryReadUInt32(out uint pid)
            && reader.TryReadUInt32(out uint flags))
        {
            arguments = new RegisterArguments(uuid, name, domainId, pid, flags);
            return true;
        }

        arguments = default;
        return false;
    }

    /// <summary>Appends the encoded arguments.</summary>
    /// <exception cref="ArgumentException">The arguments are the default value, which has no UUID.</exception>
    internal void Encode(ref XdrWriter writer)
    {
        writer.WriteFixedOpaque(ArgumentLimits.Uuid(Uuid, nameof(Uuid)));
        writer.WriteOpaque(Name);
        writer.WriteUInt32(DomainId);
        writer.WriteUInt32(Pid);
        writer.WriteUInt32(Flags);
    }
}
