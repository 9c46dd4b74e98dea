namespace VirtLock.Locking;

/// <summary>A process of this host that holds a lock.</summary>
/// <param name="Pid">Its pid.</param>
/// <param name="Command">What it is called in <c>/proc/PID/comm</c>; empty when it has gone meanwhile.</param>
public readonly record struct ProcessHolder(int Pid, string Command)
{
    /// <summary>For people: <c>process 123 (qemu-system-x86)</c>.</summary>
    /// <returns>The sentence's part.</returns>
    public override string ToString() => Command.Length == 0 ? $"process {Pid}" : $"process {Pid} ({Command})";
}
