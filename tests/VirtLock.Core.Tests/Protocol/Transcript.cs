using System.Text.RegularExpressions;
using VirtLock.TestKit;

namespace VirtLock.Core.Tests.Protocol;

/// <summary>
/// The recorded conversations with libvirt's own virtlockd 9.0.0 in the folder Transcripts. The commentary above each message was written
/// by another decoder than ours, which makes it worth comparing with.
/// </summary>
internal static partial class Transcript
{
    private const string FramingFilePrefix = "err-framing-";

    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "VirtLock.Core.Tests", "Protocol", "Transcripts");

    public static IReadOnlyList<RecordedMessage> Everything { get; } = ReadAll();

    public static IReadOnlyList<RecordedMessage> Messages { get; } =
        [.. Everything.Where(message => !message.File.StartsWith(FramingFilePrefix, StringComparison.Ordinal))];

    public static IReadOnlyList<RecordedMessage> BrokenFrames { get; } =
        [.. Everything.Where(message => message.File.StartsWith(FramingFilePrefix, StringComparison.Ordinal))];

    private static List<RecordedMessage> ReadAll()
    {
        var messages = new List<RecordedMessage>();
        foreach (string path in Directory.EnumerateFiles(Folder, "*.txt").Order(StringComparer.Ordinal))
        {
            string comment = string.Empty;
            int number = 0;
            foreach (string line in File.ReadLines(path))
            {
                number++;
                if (line.StartsWith('#'))
                {
                    comment = Clock().Replace(line[1..].Trim(), string.Empty);
                }
                else if (line.Length > 0 && !line.EndsWith("EOF", StringComparison.Ordinal))
                {
                    bool isFromClient = line.StartsWith("C> ", StringComparison.Ordinal);
                    messages.Add(new RecordedMessage(
                        Path.GetFileName(path), number, isFromClient, comment, Convert.FromHexString(line[3..])));
                }
            }
        }

        return messages;
    }

    [GeneratedRegex(@"^\[c\d+\] \+[\d.]+s ")]
    private static partial Regex Clock();
}
