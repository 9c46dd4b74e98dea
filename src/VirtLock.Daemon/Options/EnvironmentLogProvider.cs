using Microsoft.Extensions.Configuration;

namespace VirtLock.Daemon.Options;

/// <summary>LIBVIRT_DEBUG, LIBVIRT_LOG_FILTERS and LIBVIRT_LOG_OUTPUTS under the names of their keys. Empty values count as absent.</summary>
internal sealed class EnvironmentLogProvider(IReadOnlyDictionary<string, string> environment) : ConfigurationProvider
{
    public override void Load()
    {
        if (Value("LIBVIRT_DEBUG") is { } level)
        {
            Data[DaemonConfKey.LogLevel] = level switch
            {
                "1" or "debug" => "1",
                "2" or "info" => "2",
                "3" or "warning" => "3",
                "4" or "error" => "4",
                _ => throw new ConfigurationException($"Failed to set logging priority, argument '{level}' is invalid"),
            };
        }

        if (Value("LIBVIRT_LOG_FILTERS") is { } filters)
        {
            Data[DaemonConfKey.LogFilters] = filters;
        }

        if (Value("LIBVIRT_LOG_OUTPUTS") is { } outputs)
        {
            Data[DaemonConfKey.LogOutputs] = outputs;
        }
    }

    private string? Value(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
