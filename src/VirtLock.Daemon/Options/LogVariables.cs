namespace VirtLock.Daemon.Options;

/// <summary>The variables of libvirt that override the log keys of the configuration file. Empty values count as absent.</summary>
internal static class LogVariables
{
    /// <summary>Sets the options that variables name.</summary>
    /// <param name="variable">Looks a variable up; null for one that is not set.</param>
    /// <param name="options">The options; others stay as they are.</param>
    /// <exception cref="ConfigurationException">LIBVIRT_DEBUG is no level.</exception>
    public static void Apply(Func<string, string?> variable, DaemonOptions options)
    {
        if (variable("LIBVIRT_DEBUG") is { Length: > 0 } level)
        {
            options.LogLevel = level switch
            {
                "1" or "debug" => 1,
                "2" or "info" => 2,
                "3" or "warning" => 3,
                "4" or "error" => 4,
                _ => throw new ConfigurationException($"Failed to set logging priority, argument '{level}' is invalid"),
            };
        }

        if (variable("LIBVIRT_LOG_FILTERS") is { Length: > 0 } filters)
        {
            options.LogFilters = filters;
        }

        if (variable("LIBVIRT_LOG_OUTPUTS") is { Length: > 0 } outputs)
        {
            options.LogOutputs = outputs;
        }
    }
}
