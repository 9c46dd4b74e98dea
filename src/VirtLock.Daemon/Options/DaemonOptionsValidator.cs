using Microsoft.Extensions.Options;
using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Options;

/// <summary>Refuses options that the daemon can't start with. Files and sockets are not touched: whether a log file opens shows when it is opened.</summary>
internal sealed class DaemonOptionsValidator : IValidateOptions<DaemonOptions>
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

        foreach (string directory in options.LockSpaces)
        {
            if (!directory.StartsWith('/') || directory.Contains('\0'))
            {
                return ValidateOptionsResult.Fail($"'{directory}' in '{DaemonConfKey.LockSpaces}' is not an absolute path");
            }
        }

        return ValidateOptionsResult.Success;
    }
}
