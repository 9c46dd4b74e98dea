using System.Globalization;

namespace VirtLock.Locking;

/// <content>Reading a holder out of a daemon's message.</content>
public sealed partial record LockHolder
{
    /// <summary>
    /// Reads the holder out of the message of a VirtLock daemon's refusal, as the protocol has no field for it: "is locked: held by", then
    /// <see cref="ToString"/>, then perhaps "as" and the name that the holder has for the file. The names in a message are whatever clients
    /// chose and may look like any other part of it: the last place where an owner's name can end is where it ends. Every place is looked
    /// at once and for a few characters, so a long name costs no more than its length.
    /// </summary>
    internal static LockHolder OfMessage(string message)
    {
        const string Marker = "is locked: held by ";
        LockHolder? owner = FindOwner(message, out int endOfName);
        int start = 0;
        while (message.IndexOf(Marker, start, StringComparison.Ordinal) is >= 0 and var at)
        {
            start = at + Marker.Length;
            ReadOnlySpan<char> text = message.AsSpan(start);
            if (text.StartsWith("'") && start < endOfName)
            {
                return owner! with { Name = message[(start + 1)..endOfName] };
            }

            if ((Take(ref text, "pid ") ? ReadOwner(text, afterPid: string.Empty) : ReadProcess(text)) is { } holder)
            {
                return holder;
            }
        }

        return Unknown;
    }

    /// <summary>The owner whose name ends last, without that name.</summary>
    private static LockHolder? FindOwner(ReadOnlySpan<char> message, out int endOfName)
    {
        const string EndOfName = "' (pid ";
        ReadOnlySpan<char> before = message;
        while ((endOfName = before.LastIndexOf(EndOfName)) >= 0)
        {
            if (ReadOwner(message[(endOfName + EndOfName.Length)..], afterPid: ")") is { } owner)
            {
                return owner;
            }

            before = before[..endOfName];
        }

        return null;
    }

    /// <summary>Reads from an owner's pid to the end of the message.</summary>
    private static LockHolder? ReadOwner(ReadOnlySpan<char> text, string afterPid)
    {
        const int TimeLength = 20;
        if (!TakeNumber(ref text, out uint pid) || !Take(ref text, afterPid))
        {
            return null;
        }

        DateTimeOffset? since = null;
        if (Take(ref text, " since "))
        {
            if (text.Length < TimeLength || !DateTimeOffset.TryParseExact(
                text[..TimeLength], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            {
                return null;
            }

            since = time;
            text = text[TimeLength..];
        }

        uint others = 0;
        if (Take(ref text, " and ") && !(TakeNumber(ref text, out others) && Take(ref text, " more")))
        {
            return null;
        }

        bool isWhole = text.IsEmpty || (Take(ref text, " as '") && text.EndsWith("'"));
        return isWhole ? new LockHolder(new ProcessId(pid), string.Empty, since, (int)Math.Min(others, int.MaxValue)) : null;
    }

    private static LockHolder? ReadProcess(ReadOnlySpan<char> text)
    {
        if (!Take(ref text, "process ") || !TakeNumber(ref text, out uint pid))
        {
            return null;
        }

        if (text.IsEmpty)
        {
            return new LockHolder(new ProcessId(pid), string.Empty);
        }

        return Take(ref text, " (") && text.EndsWith(")") ? new LockHolder(new ProcessId(pid), text[..^1].ToString()) : null;
    }

    private static bool Take(ref ReadOnlySpan<char> text, string expected)
    {
        bool isThere = text.StartsWith(expected);
        text = isThere ? text[expected.Length..] : text;
        return isThere;
    }

    private static bool TakeNumber(ref ReadOnlySpan<char> text, out uint number)
    {
        const int MostDigits = 10;
        ReadOnlySpan<char> digits = text[..Math.Min(text.Length, MostDigits)];
        int end = digits.IndexOfAnyExceptInRange('0', '9');
        digits = end < 0 ? digits : digits[..end];
        text = text[digits.Length..];
        return uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
