namespace VirtLock.Daemon.Logging;

/// <summary>Where log lines can go.</summary>
internal enum LogOutputKind
{
    Stderr,
    Syslog,
    File,
    Journald,
}
