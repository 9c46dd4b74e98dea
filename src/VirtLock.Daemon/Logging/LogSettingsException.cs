namespace VirtLock.Daemon.Logging;

/// <summary>Log filters or outputs were refused; those in force stay.</summary>
internal sealed class LogSettingsException(LogSettingsError error, string message) : Exception(message)
{
    public LogSettingsError Error { get; } = error;

    public static LogSettingsException Invalid(string message) => new(LogSettingsError.InvalidArgument, message);
}
