namespace VirtLock.Daemon.Logging;

/// <summary>Log filters or outputs were refused; those in force stay.</summary>
internal sealed class LogSettingsException(LogSettingsError error, string message) : Exception(message)
{
    public LogSettingsError Error { get; } = error;

    public static LogSettingsException Invalid(string message) => new(LogSettingsError.InvalidArgument, message);
}

/// <summary>Why log settings were refused, numbered as libvirt's error codes.</summary>
internal enum LogSettingsError
{
    /// <summary>The text of a filter or an output is malformed.</summary>
    InvalidArgument = 8,

    /// <summary>The system would not open an output.</summary>
    SystemError = 38,
}
