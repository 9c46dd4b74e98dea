
namespace VirtLock.Core.Tests.Protocol;

/// <summary>One message that really went over a socket, with what the recorder understood of it.</summary>
internal sealed record RecordedMessage(string File, int Line, bool IsFromClient, string Comment, byte[] Bytes)
{
    public override string ToString() => $"{File}:{Line} ({Comment})";
}
