using System.Globalization;
using System.Text;

namespace VirtLock.Daemon.Logging;

/// <summary>An ordered set of filters, of which the first that matches decides.</summary>
internal sealed class LogFilters
{
    private readonly LogFilter[] _filters;

    private LogFilters(LogFilter[] filters) => _filters = filters;

    /// <summary>No filters: the level decides for every category.</summary>
    public static LogFilters None { get; } = new([]);

    public int Count => _filters.Length;

    /// <summary>Reads filters separated by spaces.</summary>
    /// <exception cref="LogSettingsException">One of them is malformed.</exception>
    public static LogFilters Parse(string text)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 ? None : new LogFilters(Array.ConvertAll(parts, LogFilter.Parse));
    }

    /// <summary>The level for a category; null when no filter matches it.</summary>
    public LogPriority? PriorityOf(string category)
    {
        foreach (LogFilter filter in _filters)
        {
            if (filter.Matches(category))
            {
                return filter.Priority;
            }
        }

        return null;
    }

    /// <summary>The filters as the admin protocol tells them: each followed by a space, the last one too.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (LogFilter filter in _filters)
        {
            text.Append(filter.ToString()).Append(' ');
        }

        return text.ToString();
    }
}

/// <summary>Sets the level of all categories that match a pattern.</summary>
/// <param name="Priority">The level from which lines of those categories pass.</param>
/// <param name="Pattern">The pattern, in which <c>*</c> stands for any text and <c>?</c> for any character.</param>
internal readonly record struct LogFilter(LogPriority Priority, string Pattern)
{
    /// <summary>Reads <c>level:match</c>; a further colon and what follows it are ignored.</summary>
    /// <exception cref="LogSettingsException">The text is no filter.</exception>
    public static LogFilter Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length < 2)
        {
            throw LogSettingsException.Invalid($"Malformed format for filter '{text}'");
        }

        if (!LogPriorities.TryParse(parts[0], out LogPriority priority))
        {
            throw LogSettingsException.Invalid($"Invalid priority '{parts[0]}' for filter '{text}'");
        }

        // Once the plus asked for a stack trace; it is still allowed to stand there.
        string match = parts[1].StartsWith('+') ? parts[1][1..] : parts[1];
        return match.Length == 0
            ? throw LogSettingsException.Invalid($"Invalid match string '{parts[1]}'")
            : new LogFilter(priority, "*" + match + "*");
    }

    public bool Matches(ReadOnlySpan<char> category)
    {
        ReadOnlySpan<char> pattern = Pattern;
        int star = -1;
        int resume = 0;
        int p = 0;
        int c = 0;
        while (c < category.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = c;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == category[c]))
            {
                p++;
                c++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more, and what follows it is tried again.
                p = star + 1;
                c = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(int)Priority}:{Pattern}");
}
