using System.Globalization;

namespace VirtLock.Locking;

/// <summary>
/// Who holds a resource, as far as it can be told: an owner with a lease, or a process that locked the file by other means.
/// </summary>
/// <param name="Pid">The process; null when no process of this host holds it, or the daemon asked does not say, as libvirt's never
/// does.</param>
/// <param name="Name">What the owner, or the process, is called; empty when unknown.</param>
/// <param name="Since">Since when an owner has its lease, in UTC, to the second; null when unknown, and for a process without a
/// lease.</param>
/// <param name="Others">How many more share it; 0 when unknown.</param>
public sealed partial record LockHolder(ProcessId? Pid, string Name, DateTimeOffset? Since = null, int Others = 0)
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss'Z'";

    /// <summary>A holder about whom nothing is known.</summary>
    public static LockHolder Unknown { get; } = new(null, string.Empty);

    /// <summary>
    /// For people: <c>'guest' (pid 7) since 2026-01-01 00:00:00Z and 1 more</c> for an owner, <c>process 123 (qemu-system-x86)</c> for a
    /// process.
    /// </summary>
    /// <returns>A part of a sentence, to stand after "held by".</returns>
    public override string ToString()
    {
        if (Pid is not { } pid)
        {
            return "somebody unknown";
        }

        if (Since is not { } since)
        {
            return Name.Length == 0 ? $"process {pid}" : $"process {pid} ({Name})";
        }

        string who = Name.Length == 0 ? $"pid {pid}" : $"'{Name}' (pid {pid})";
        string more = Others == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" and {Others} more");
        return $"{who} since {since.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}{more}";
    }

    internal static LockHolder Of(Resource resource)
    {
        Lease first = resource.FirstLease!;
        int others = first.NextOnResource is null ? 0 : resource.Leases.Count() - 1;
        return new LockHolder(first.Owner.Pid, first.Owner.Name.ToString(), first.AcquiredAt, others);
    }

    internal static LockHolder OfProcess(int pid, string command) => new(new ProcessId((uint)pid), command);
}
