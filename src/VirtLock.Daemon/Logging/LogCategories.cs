namespace VirtLock.Daemon.Logging;

/// <summary>What log filters match: libvirt's own names, so that an existing <c>log_filters</c> goes on working.</summary>
internal static class LogCategories
{
    internal const string Daemon = "locking.lock_daemon";
    internal const string Server = "rpc.netserver";
    internal const string LockSpace = "util.lockspace";
}
