using VirtLock.Locking;

namespace VirtLock.Daemon.Supervision;

/// <summary>A process that is to be fenced.</summary>
/// <param name="Pid">Its pid, under which its leases are.</param>
/// <param name="Start">When it started, as noted when it registered; 0 when that is not known.</param>
internal readonly record struct Victim(ProcessId Pid, ulong Start = 0);
