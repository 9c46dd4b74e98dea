namespace VirtLock.Protocol;

/// <summary>The arguments of <see cref="LockProcedure.NewLockSpace"/>. The span is a window, not a copy.</summary>
public readonly ref struct LockSpaceArguments
{
    /// <summary>Collects the arguments.</summary>
    /// <exception cref="ArgumentException">The path is longer than 65,536 bytes.</exception>
    internal LockSpaceArguments(ReadOnlySpan<byte> path, uint flags)
    {
        Path = ArgumentLimits.LockString(path, nameof(path));
        Flags = flags;
    }

    /// <summary>The directory of the lock space, as bytes; a NUL in it is handed on.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Must be 0 for the server to accept the call.</summary>
    public uint Flags { get; }

    internal int EncodedSize => XdrWriter.OpaqueSize(Path.Length) + sizeof(uint);

    /// <summary>Decodes the arguments from the body of a call; what follows them is ignored.</summary>
    /// <returns><see langword="false"/> if the body is too short or the path too long.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> body, out LockSpaceArguments arguments)
    {
        var reader = new XdrReader(body);
        if (reader.TryReadOpaque(ProtocolConstants.MaximumLockStringLength, out ReadOnlySpan<byte> path)
            && reader.TryReadUInt32(out uint flags))
        {
            arguments = new LockSpaceArguments(path, flags);
            return true;
        }

        arguments = default;
        return false;
    }

    /// <summary>Appends the encoded arguments.</summary>
    internal void Encode(ref XdrWriter writer)
    {
        writer.WriteOpaque(Path);
        writer.WriteUInt32(Flags);
    }
}
