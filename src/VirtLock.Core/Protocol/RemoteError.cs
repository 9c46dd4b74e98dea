using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace VirtLock.Protocol;

/// <summary>
/// The error that a failed call is answered with. Clients compare <see cref="Code"/> and show <see cref="Message"/>; the rest is filled
/// in the way libvirt 9.0.0 does, for those who print it.
/// </summary>
public sealed record RemoteError
{
    private const string DetailPattern = "%s";

    /// <summary>What went wrong. A decoded error may carry a number without a name.</summary>
    public required ErrorCode Code { get; init; }

    /// <summary>Where it went wrong. A decoded error may carry a number without a name.</summary>
    public required ErrorDomain Domain { get; init; }

    /// <summary>The whole sentence for a person; empty if a peer sent none.</summary>
    public required string Message { get; init; }

    /// <summary>How grave it is.</summary>
    public ErrorLevel Level { get; init; } = ErrorLevel.Error;

    /// <summary>The first text (str1): the pattern that the message was made from, or the handler that refused the flags.</summary>
    public string? Pattern { get; init; }

    /// <summary>The second text (str2): the message without the prefix of its code.</summary>
    public string? Detail { get; init; }

    /// <summary>The third text (str3). A lock daemon sends none.</summary>
    public string? Text3 { get; init; }

    /// <summary>The first number: the errno of a failed system call, 0 for refused flags, otherwise -1.</summary>
    public int Int1 { get; init; } = -1;

    /// <summary>The second number: 0 for refused flags, otherwise -1.</summary>
    public int Int2 { get; init; } = -1;

    /// <summary>How many bytes <see cref="Encode"/> writes.</summary>
    internal int EncodedSize =>
        (7 * sizeof(int)) + SizeOf(Message) + SizeOf(Pattern) + SizeOf(Detail) + SizeOf(Text3);

    /// <summary>An error like most: the message is the prefix that libvirt gives the code, then <paramref name="detail"/>.</summary>
    internal static RemoteError Ordinary(ErrorCode code, ErrorDomain domain, string detail)
    {
        string prefix = PrefixOf(code);
        return new RemoteError
        {
            Code = code,
            Domain = domain,
            Message = prefix + detail,
            Pattern = prefix + DetailPattern,
            Detail = detail,
        };
    }

    /// <summary>A failed system call.</summary>
    /// <param name="domain">Where it failed.</param>
    /// <param name="message">The whole sentence, the text of the errno included.</param>
    /// <param name="errno">The number of the error, as the kernel gave it.</param>
    internal static RemoteError SystemCall(ErrorDomain domain, string message, int errno) => new()
    {
        Code = ErrorCode.SystemCall,
        Domain = domain,
        Message = message,
        Pattern = DetailPattern,
        Detail = message,
        Int1 = errno,
    };

    /// <summary>Flag bits that a procedure does not know.</summary>
    /// <param name="bits">The unknown bits alone.</param>
    /// <param name="handler">The name under which the procedure is reported.</param>
    /// <param name="domain"><see cref="ErrorDomain.Rpc"/> for the lock program, <see cref="ErrorDomain.Admin"/> for the admin
    /// program.</param>
    internal static RemoteError UnsupportedFlags(uint bits, string handler, ErrorDomain domain = ErrorDomain.Rpc) => new()
    {
        Code = ErrorCode.InvalidArgument,
        Domain = domain,
        Message = $"unsupported flags (0x{bits:x}) in function {handler}",
        Pattern = handler,
        Detail = "flags",
        Int1 = 0,
        Int2 = 0,
    };

    /// <summary>
    /// Decodes the body of a failed answer; what follows it is ignored. Where a text is not UTF-8, the broken bytes become U+FFFD. The
    /// guest and the network that an error may name are read past.
    /// </summary>
    /// <returns><see langword="false"/> if the body is too short or a text too long.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> body, [NotNullWhen(true)] out RemoteError? error)
    {
        var reader = new XdrReader(body);
        if (reader.TryReadInt32(out int code)
            && reader.TryReadInt32(out int domain)
            && TryReadText(ref reader, out string? message)
            && reader.TryReadInt32(out int level)
            && TrySkipSubject(ref reader, hasId: true)
            && TryReadText(ref reader, out string? pattern)
            && TryReadText(ref reader, out string? detail)
            && TryReadText(ref reader, out string? text3)
            && reader.TryReadInt32(out int int1)
            && reader.TryReadInt32(out int int2)
            && TrySkipSubject(ref reader, hasId: false))
        {
            error = new RemoteError
            {
                Code = (ErrorCode)code,
                Domain = (ErrorDomain)domain,
                Message = message ?? string.Empty,
                Level = (ErrorLevel)level,
                Pattern = pattern,
                Detail = detail,
                Text3 = text3,
                Int1 = int1,
                Int2 = int2,
            };
            return true;
        }

        error = null;
        return false;
    }

    /// <summary>
    /// Appends the encoded error. A text beyond <see cref="ProtocolConstants.MaximumErrorTextLength"/> bytes is cut short.
    /// </summary>
    internal void Encode(ref XdrWriter writer)
    {
        writer.WriteInt32((int)Code);
        writer.WriteInt32((int)Domain);
        WriteText(ref writer, Message);
        writer.WriteInt32((int)Level);
        writer.WriteBoolean(false);
        WriteText(ref writer, Pattern);
        WriteText(ref writer, Detail);
        WriteText(ref writer, Text3);
        writer.WriteInt32(Int1);
        writer.WriteInt32(Int2);
        writer.WriteBoolean(false);
    }

    private static string PrefixOf(ErrorCode code) => code switch
    {
        ErrorCode.Internal => "internal error: ",
        ErrorCode.InvalidArgument => "invalid argument: ",
        ErrorCode.OperationDenied => "operation forbidden: ",
        ErrorCode.ConfigSyntax => "configuration file syntax error: ",
        ErrorCode.OperationInvalid => "Requested operation is not valid: ",
        ErrorCode.ArgumentUnsupported => "argument unsupported: ",
        ErrorCode.ResourceBusy => "resource busy: ",
        ErrorCode.NoServer => "Server not found: ",
        ErrorCode.NoClient => "Client not found: ",
        _ => string.Empty,
    };

    private static bool TryReadText(ref XdrReader reader, out string? text)
    {
        bool read = reader.TryReadOptionalOpaque(
            ProtocolConstants.MaximumAdminStringLength, out bool isPresent, out ReadOnlySpan<byte> bytes);
        text = isPresent ? Encoding.UTF8.GetString(bytes) : null;
        return read;
    }

    private static bool TrySkipSubject(ref XdrReader reader, bool hasId) =>
        reader.TryReadBoolean(out bool isPresent)
        && (!isPresent
            || (reader.TryReadOpaque(ProtocolConstants.MaximumAdminStringLength, out _)
                && reader.TryReadFixedOpaque(ProtocolConstants.UuidSize, out _)
                && (!hasId || reader.TryReadInt32(out _))));

    private static void WriteText(ref XdrWriter writer, string? text)
    {
        writer.WriteBoolean(text is not null);
        if (text is not null)
        {
            writer.WriteString(Clip(text));
        }
    }

    private static int SizeOf(string? text) =>
        sizeof(uint) + (text is null ? 0 : XdrWriter.OpaqueSize(Encoding.UTF8.GetByteCount(Clip(text))));

    private static ReadOnlySpan<char> Clip(string text)
    {
        const int MaximumBytesPerChar = 3;
        const int SafeLength = ProtocolConstants.MaximumErrorTextLength / MaximumBytesPerChar;

        if (text.Length <= SafeLength || Encoding.UTF8.GetByteCount(text) <= ProtocolConstants.MaximumErrorTextLength)
        {
            return text;
        }

        // Not through the middle of a surrogate pair, or half a character would turn into U+FFFD.
        return text.AsSpan(0, char.IsHighSurrogate(text[SafeLength - 1]) ? SafeLength - 1 : SafeLength);
    }
}
