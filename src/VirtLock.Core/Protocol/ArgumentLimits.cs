namespace VirtLock.Protocol;

/// <summary>What the sending side checks before it writes: a server would answer too long a string with a decoding error.</summary>
internal static class ArgumentLimits
{
    internal static ReadOnlySpan<byte> LockString(ReadOnlySpan<byte> value, string parameter)
    {
        if (value.Length > ProtocolConstants.MaximumLockStringLength)
        {
            throw new ArgumentException(
                $"The lock protocol takes at most {ProtocolConstants.MaximumLockStringLength} bytes, not {value.Length}.", parameter);
        }

        return value;
    }

    internal static ReadOnlySpan<byte> Uuid(ReadOnlySpan<byte> value, string parameter)
    {
        if (value.Length != ProtocolConstants.UuidSize)
        {
            throw new ArgumentException($"A UUID has {ProtocolConstants.UuidSize} bytes, not {value.Length}.", parameter);
        }

        return value;
    }
}
