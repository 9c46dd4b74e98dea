using Microsoft.Extensions.Options;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon;

/// <summary>Which failures of a start are the administrator's to mend, and the exit code of each.</summary>
internal static class StartFailure
{
    /// <returns>Null for a failure that is ours: it is not to be hidden.</returns>
    internal static ExitCode? ExitCodeOf(Exception failure) => failure switch
    {
        StartFailedException known => known.ExitCode,
        ConfigurationException or LogSettingsException or OptionsValidationException => ExitCode.Failure,
        _ => null,
    };
}
