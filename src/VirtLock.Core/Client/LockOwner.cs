using VirtLock.Locking;

namespace VirtLock.Client;

/// <summary>
/// Makes the owner that a <see cref="LockClient"/> speaks for. The choice decides over life and death: a daemon ENDS the process whose own
/// connection closes while that process owns leases, with SIGTERM and then SIGKILL, because it may still be writing. Safe on any thread.
/// </summary>
public static class LockOwner
{
    /// <summary>What libvirt takes for "no domain" is 0, so an owner needs another number; it identifies nothing.</summary>
    private const uint AnyDomainId = 1;

    /// <summary>
    /// This process owns the leases. They end with it, however it ends; but SHOULD THE CONNECTION BREAK WHILE IT HOLDS ANY, THE DAEMON
    /// KILLS THIS PROCESS. Use one client per process: the end of any of its connections counts for the leases of all.
    /// </summary>
    /// <param name="name">What to call it, for people; at most 65,536 bytes.</param>
    /// <param name="uuid">The guest's UUID, for people.</param>
    /// <returns>The owner.</returns>
    public static Owner ThisProcess(OwnerName name, Guid uuid = default) => Process(Environment.ProcessId, name, uuid);

    /// <summary>
    /// Another process owns the leases, such as the emulator that this one started: what libvirtd does. The leases outlast this client and
    /// every connection of it, until somebody releases them; nothing is killed when it leaves.
    /// </summary>
    /// <param name="pid">The process; not checked.</param>
    /// <param name="name">What to call it, for people; at most 65,536 bytes.</param>
    /// <param name="uuid">The guest's UUID, for people.</param>
    /// <returns>The owner.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The pid is not positive.</exception>
    public static Owner Process(int pid, OwnerName name, Guid uuid = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pid);
        return new Owner(new ProcessId((uint)pid), name, AnyDomainId, uuid);
    }
}
