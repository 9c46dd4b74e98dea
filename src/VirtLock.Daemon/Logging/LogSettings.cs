using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// What is logged and where to. Immutable: a change makes new settings, which the provider then takes or refuses as a whole.
/// </summary>
internal sealed record LogSettings
{
    /// <summary>The level of categories that no filter matches.</summary>
    public required LogPriority Level { get; init; }

    public LogFilters Filters { get; init; } = LogFilters.None;

    public required LogOutputs Outputs { get; init; }

    /// <summary>Where lines go when no outputs are configured, and again after the outputs are reset.</summary>
    public required LogOutput DefaultOutput { get; init; }

    /// <summary>What holds before anything is configured: warnings and errors to standard error.</summary>
    public static LogSettings AtStart { get; } = From(new DaemonOptions(), LogOutputKind.Stderr, logFile: "");

    /// <summary>The settings that options ask for.</summary>
    /// <param name="options">The options.</param>
    /// <param name="defaultKind">What <see cref="DefaultLogOutput"/> chose.</param>
    /// <param name="logFile">The file for when that is a file.</param>
    /// <exception cref="LogSettingsException">Filters or outputs are malformed.</exception>
    public static LogSettings From(DaemonOptions options, LogOutputKind defaultKind, string logFile)
    {
        LogPriority level = options.LogLevel == 0 ? LogPriority.Warning : (LogPriority)options.LogLevel;
        if (options.IsVerbose && level > LogPriority.Info)
        {
            level = LogPriority.Info;
        }

        LogOutput defaultOutput = DefaultLogOutput.Create(defaultKind, level, logFile);
        return new LogSettings
        {
            Level = level,
            Filters = LogFilters.Parse(options.LogFilters),
            Outputs = OutputsOrDefault(options.LogOutputs, defaultOutput),
            DefaultOutput = defaultOutput,
        };
    }

    /// <summary>These settings with other filters; an absent or empty text removes all filters.</summary>
    /// <exception cref="LogSettingsException">A filter is malformed.</exception>
    public LogSettings WithFilters(string? text) => this with { Filters = LogFilters.Parse(text ?? "") };

    /// <summary>These settings with other outputs; an absent or empty text brings the default output back.</summary>
    /// <exception cref="LogSettingsException">An output is malformed.</exception>
    public LogSettings WithOutputs(string? text) => this with { Outputs = OutputsOrDefault(text ?? "", DefaultOutput) };

    private static LogOutputs OutputsOrDefault(string text, LogOutput defaultOutput)
    {
        var outputs = LogOutputs.Parse(text);
        return outputs.Count > 0 ? outputs : LogOutputs.Of(defaultOutput);
    }
}
