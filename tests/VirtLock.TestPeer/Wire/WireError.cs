namespace VirtLock.TestPeer.Wire;

/// <summary>The body of a refusal, every field as it came.</summary>
internal sealed record WireError(
    int Code,
    int Domain,
    string? Message,
    int Level,
    string? Str1,
    string? Str2,
    string? Str3,
    int Int1,
    int Int2,
    bool HasNetwork)
{
    public static WireError Decode(ReadOnlySpan<byte> body)
    {
        WireReader reader = new(body);
        int code = reader.Int();
        int domain = reader.Int();
        string? message = reader.OptionalText();
        int level = reader.Int();
        if (reader.Present())
        {
            throw new InvalidDataException("The error names a domain object; a lock daemon never does.");
        }

        string? str1 = reader.OptionalText();
        string? str2 = reader.OptionalText();
        string? str3 = reader.OptionalText();
        int int1 = reader.Int();
        int int2 = reader.Int();
        bool network = reader.Present();
        if (!reader.IsAtEnd)
        {
            throw new InvalidDataException("The error body has bytes after its last field.");
        }

        return new WireError(code, domain, message, level, str1, str2, str3, int1, int2, network);
    }
}
