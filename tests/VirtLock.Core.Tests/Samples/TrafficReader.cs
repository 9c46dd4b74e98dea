using System.Text;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Samples;

// <codec>
/// <summary>Says what goes over a lock daemon's socket, in either direction.</summary>
public static class TrafficReader
{
    /// <summary>Reads the whole packets that were captured; the beginning of one more is left out.</summary>
    public static IEnumerable<string> Read(ReadOnlyMemory<byte> captured)
    {
        while (PacketFramer.TryRead(captured.Span, out PacketHeader header, out ReadOnlySpan<byte> body, out int length)
            == FrameStatus.Complete)
        {
            string line = Describe(header, body);
            captured = captured[length..];
            yield return line;
        }
    }

    private static string Describe(in PacketHeader header, ReadOnlySpan<byte> body)
    {
        string what =
            header.Program == ProtocolConstants.LockProgram ? $"{(LockProcedure)header.Procedure}" : $"program {header.Program:x}";
        if (header.Type == MessageType.Reply)
        {
            return header.Status == MessageStatus.Error && RemoteError.TryDecode(body, out RemoteError? error)
                ? $"< {what} #{header.Serial}: {error.Message} (code {(int)error.Code})"
                : $"< {what} #{header.Serial}: ok";
        }

        return (LockProcedure)header.Procedure == LockProcedure.AcquireResource
            && ResourceArguments.TryDecode(body, out ResourceArguments arguments)
            ? $"> {what} #{header.Serial}: '{Encoding.UTF8.GetString(arguments.Name)}' {(AcquireFlags)arguments.Flags}"
            : $"> {what} #{header.Serial}";
    }
}

// </codec>
