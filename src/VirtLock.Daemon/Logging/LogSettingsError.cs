namespace VirtLock.Daemon.Logging;

/// <summary>Why log settings were refused, numbered as libvirt's error codes.</summary>
internal enum LogSettingsError
{
    /// <summary>The text of a filter or an output is malformed.</summary>
    InvalidArgument = 8,

    /// <summary>The system would not open an output.</summary>
    SystemError = 38,
}
