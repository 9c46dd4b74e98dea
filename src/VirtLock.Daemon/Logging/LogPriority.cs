namespace VirtLock.Daemon.Logging;

/// <summary>libvirt's log levels, with the numbers that configuration and the admin protocol write.</summary>
internal enum LogPriority
{
    Debug = 1,
    Info = 2,
    Warning = 3,
    Error = 4,
}
