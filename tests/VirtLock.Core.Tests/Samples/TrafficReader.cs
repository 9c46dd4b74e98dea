using System.Text;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Samples;

// <codec>
/// <summary>Says what goes over a lock daemon's socket, in either direction.</summary>
public static class TrafficReader
{
    /// <summary>Takes whole packets off the front of the captured bytes; what is left is the beginning of the next.</summary>
    public static IEnumerable<string> Read(ByteQueue captured)
    {
        while (PacketFramer.TryRead(captured.Unread, out PacketHeader header, out ReadOnlySpan<byte> body, out int length)
            == FrameStatus.Complete)
        {
            string line = Describe(header, body);
            captured.Consume(length);
            yield return line;
        }
    }

    private static string Describe(in PacketHeader header, ReadOnlySpan<byte> body)
    {
        string what = header.Program == ProtocolConstants.LockProgram ? $"{(LockProcedure)header.Procedure}" : $"program {header.Program:x}";
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
