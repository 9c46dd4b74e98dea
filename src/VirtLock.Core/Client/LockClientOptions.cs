using VirtLock.Locking;

namespace VirtLock.Client;

/// <summary>How to talk to a lock daemon. Read once, when the client is made; not safe to change meanwhile from another thread.</summary>
public sealed class LockClientOptions
{
    /// <summary>libvirt 9.0.0's socket for root; the Debian and Fedora packages use it too.</summary>
    public const string SystemSocketPath = "/run/libvirt/virtlockd-sock";

    /// <summary>
    /// The Unix socket of the daemon: an absolute path of at most 107 bytes (unix(7)). Default: <see cref="SystemSocketPath"/> for root,
    /// else <c>libvirt/virtlockd-sock</c> below XDG_RUNTIME_DIR or, without that, below <c>.cache</c> in the home directory.
    /// </summary>
    public string SocketPath { get; set; } = DefaultSocketPath();

    /// <summary>
    /// Whose leases these are to be: there is no default, because of what <see cref="LockOwner"/> says. Its domain id must not be 0.
    /// </summary>
    public Owner? Owner { get; set; }

    /// <summary>
    /// How long to wait for an answer. libvirt's daemon serves nobody for up to 3 seconds while it ends a process. At least a millisecond.
    /// Default: 30 seconds.
    /// </summary>
    public TimeSpan ReplyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a waiter for a busy resource may pause between two requests; as <see cref="VirtLockOptions.LongestRetryInterval"/>.
    /// </summary>
    public TimeSpan LongestRetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether the next call after a lost connection makes a new one, and registers again. Leases are never taken again by themselves: they
    /// count as lost. Default: true.
    /// </summary>
    public bool Reconnect { get; set; } = true;

    private static string DefaultSocketPath()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return SystemSocketPath;
        }

        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(string.IsNullOrEmpty(runtime) ? Path.Combine(home, ".cache") : runtime, "libvirt", "virtlockd-sock");
    }
}
