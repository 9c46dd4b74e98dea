using System.Globalization;

namespace VirtLock.Daemon.Logging;

/// <summary>One destination of log lines, as configured.</summary>
/// <param name="Priority">The level from which lines go there.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">syslog's identifier or the file's absolute path; null for the others.</param>
internal readonly record struct LogOutput(LogPriority Priority, LogOutputKind Kind, string? Name = null)
{
    /// <summary>Reads <c>level:kind</c> or <c>level:kind:name</c>. A relative path is taken from the working directory at this moment.</summary>
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
