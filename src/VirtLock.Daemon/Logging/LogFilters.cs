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
