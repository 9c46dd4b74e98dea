using Microsoft.Extensions.Options;

namespace VirtLock.Daemon.Options;

/// <summary>Refuses options that the daemon can't start with; what the log asks for is validated by those who write it.</summary>
internal sealed class DaemonOptionsValidator : IValidateOptions<DaemonOptions>
{
    public ValidateOptionsResult Validate(string? name, DaemonOptions options)
    {
        foreach (string directory in options.LockSpaces)
        {
            if (!directory.StartsWith('/') || directory.Contains('\0'))
            {
                return ValidateOptionsResult.Fail($"'{directory}' in '{ConfKey.LockSpaces}' is not an absolute path");
            }
        }

        return ValidateOptionsResult.Success;
    }
}
