using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A process that is being ended because it lost its connection while holding leases.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Descriptor">Its pidfd; -1 when there is none.</param>
/// <param name="Owner">Whose leases are freed once the process is dead.</param>
/// <param name="Elapsed">The time since it was sent SIGTERM, kept in milliseconds.</param>
/// <param name="IsKilled">Whether it was sent SIGKILL as well.</param>
internal readonly record struct FencingSnapshot(ProcessId Pid, int Descriptor, ProcessId Owner, TimeSpan Elapsed, bool IsKilled);
