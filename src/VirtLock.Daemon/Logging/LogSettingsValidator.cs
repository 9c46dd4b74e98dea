using Microsoft.Extensions.Options;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// Refuses log options that are malformed. Files and sockets are not touched: whether a log file opens shows when it is opened.
/// </summary>
internal sealed class LogSettingsValidator : IValidateOptions<DaemonOptions>
{
    private const uint HighestLogLevel = (uint)LogPriority.Error;

    public ValidateOptionsResult Validate(string? name, DaemonOptions options)
    {
        if (options.LogLevel > HighestLogLevel)
        {
            return ValidateOptionsResult.Fail($"Failed to set logging priority, argument '{options.LogLevel}' is invalid");
        }

        try
        {
            _ = LogFilters.Parse(options.LogFilters);
            _ = LogOutputs.Parse(options.LogOutputs);
        }
        catch (LogSettingsException invalid)
        {
            return ValidateOptionsResult.Fail(invalid.Message);
        }

        return ValidateOptionsResult.Success;
    }
}
