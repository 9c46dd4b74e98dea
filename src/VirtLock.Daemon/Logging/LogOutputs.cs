using System.Collections;
using System.Globalization;

namespace VirtLock.Daemon.Logging;

/// <summary>The destinations of log lines, each place at most once.</summary>
internal sealed class LogOutputs : IReadOnlyList<LogOutput>
{
    private readonly List<LogOutput> _outputs;

    private LogOutputs(List<LogOutput> outputs) => _outputs = outputs;

    public int Count => _outputs.Count;

    public LogOutput this[int index] => _outputs[index];

    public static LogOutputs Of(LogOutput output) => new([output]);

    /// <summary>Those that a condition holds for.</summary>
    public LogOutputs Where(Predicate<LogOutput> isWanted) => new(_outputs.FindAll(isWanted));

    /// <summary>
    /// Reads outputs separated by spaces; one that names a place again replaces the earlier and takes its turn at the end.
    /// </summary>
    /// <returns>The outputs; none for an empty text, which stands for the default output.</returns>
    /// <exception cref="LogSettingsException">One of them is malformed.</exception>
    public static LogOutputs Parse(string text)
    {
        var outputs = new List<LogOutput>();
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var output = LogOutput.Parse(part);
            outputs.RemoveAll(output.IsSamePlaceAs);
            outputs.Add(output);
        }

        return new LogOutputs(outputs);
    }

    public IEnumerator<LogOutput> GetEnumerator() => _outputs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The outputs as the admin protocol tells them: joined by single spaces.</summary>
    public override string ToString() => string.Join(' ', _outputs);
}

/// <summary>One destination of log lines, as configured.</summary>
/// <param name="Priority">The level from which lines go there.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">syslog's identifier or the file's absolute path; null for the others.</param>
internal readonly record struct LogOutput(LogPriority Priority, LogOutputKind Kind, string? Name = null)
{
    /// <summary>
    /// Reads <c>level:kind</c> or <c>level:kind:name</c>. A relative path is taken from the working directory at this moment.
    /// </summary>
    /// <exception cref="LogSettingsException">The text is no output.</exception>
    public static LogOutput Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length < 2)
        {
            throw LogSettingsException.Invalid($"Malformed format for log output '{text}'");
        }

        if (!LogPriorities.TryParse(parts[0], out LogPriority priority))
        {
            throw LogSettingsException.Invalid($"Invalid log priority '{parts[0]}' for log output '{text}'");
        }

        LogOutputKind kind = parts[1] switch
        {
            "stderr" => LogOutputKind.Stderr,
            "syslog" => LogOutputKind.Syslog,
            "file" => LogOutputKind.File,
            "journald" => LogOutputKind.Journald,
            _ => throw LogSettingsException.Invalid($"Invalid log destination '{parts[1]}' for log output '{text}'"),
        };

        bool isNamed = kind is LogOutputKind.Syslog or LogOutputKind.File;
        if (parts.Length != (isNamed ? 3 : 2) || text.Contains('\0'))
        {
            throw LogSettingsException.Invalid(
                $"Log output '{text}' does not meet the format requirements for destination type '{parts[1]}'");
        }

        return new LogOutput(priority, kind, kind switch
        {
            LogOutputKind.File => parts[2].Length == 0 ? Environment.CurrentDirectory : Path.GetFullPath(parts[2]),
            LogOutputKind.Syslog => parts[2],
            _ => null,
        });
    }

    /// <summary>Whether both mean the same place, at whatever level.</summary>
    public bool IsSamePlaceAs(LogOutput other) => Kind == other.Kind && Name == other.Name;

    public override string ToString()
    {
        string word = Kind switch
        {
            LogOutputKind.Stderr => "stderr",
            LogOutputKind.Syslog => "syslog",
            LogOutputKind.File => "file",
            _ => "journald",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{(int)Priority}:{word}") + (Name is null ? "" : ":" + Name);
    }
}

/// <summary>Where log lines can go.</summary>
internal enum LogOutputKind
{
    Stderr,
    Syslog,
    File,
    Journald,
}
