namespace VirtLock.Daemon.Upgrade;

/// <summary>
/// The two sides of the preflight's conversation: the new executable, run as a child with this option, says that it knows what is asked of it, and by its
/// exit code whether it could restore the snapshot.
/// </summary>
internal static class CheckMode
{
    internal const string Option = "--check-snapshot";

    /// <summary>The first line of output of an executable that knows check mode.</summary>
    internal const string Banner = "virtlockd check mode 1";

    /// <summary>How libvirt's daemon puts itself in its <c>--version</c> line.</summary>
    internal const string LibvirtMark = " (libvirt) ";
}
