namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Where libvirt's daemon, over its versions, put the lock server into its document.</summary>
internal enum DocumentLayout
{
    ServersByName,

    /// <summary>An array of one.</summary>
    ServersInOrder,

    /// <summary>The daemon is the server.</summary>
    DaemonIsServer,

    /// <summary>Under a key of its own, without a daemon.</summary>
    LoneServer,
}
