namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>A program that serves the lock protocol.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Command">Its command line.</param>
internal sealed record Target(string Name, IReadOnlyList<string> Command)
{
    internal const string LibvirtName = "libvirt";
    internal const string VirtLockName = "VirtLock";
    internal const string FloorName = "floor";

    /// <summary>Where each of them puts its socket, in a mount namespace of its own.</summary>
    internal const string SocketPath = "/run/libvirt/virtlockd-sock";

    /// <summary>The floor has no owners, so nothing to do when one dies.</summary>
    internal bool HasOwners => Name != FloorName;
}
