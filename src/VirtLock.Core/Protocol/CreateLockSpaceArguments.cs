namespace VirtLock.Protocol;

/// <summary>
/// The arguments of <see cref="LockProcedure.CreateLockSpace"/>, the one procedure without flags. The span is a window, not a copy.
/// </summary>
public readonly ref struct CreateLockSpaceArguments
{
    /// <summary>Collects the arguments.</summary>
    /// <exception cref="ArgumentException">The path is longer than 65,536 bytes.</exception>
    internal CreateLockSpaceArguments(ReadOnlySpan<byte> path) => Path = ArgumentLimits.LockString(path, nameof(path));

    /// <summary>The directory of the lock space, as bytes; a NUL in it is handed on. Empty means the default lock space.</summary>
    public ReadOnlySpan<byte> Path { get; }

    internal int EncodedSize => XdrWriter.OpaqueSize(Path.Length);

    /// <summary>Decodes the arguments from the body of a call; what follows them is ignored.</summary>
    /// <returns><see langword="false"/> if the body is too short or the path too long.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> body, out CreateLockSpaceArguments arguments)
    {
        var reader = new XdrReader(body);
        bool decoded = reader.TryReadOpaque(ProtocolConstants.MaximumLockStringLength, out ReadOnlySpan<byte> path);
        arguments = new CreateLockSpaceArguments(path);
        return decoded;
    }

    /// <summary>Appends the encoded arguments.</summary>
    internal void Encode(ref XdrWriter writer) => writer.WriteOpaque(Path);
}
