using System.Globalization;
using System.Text.RegularExpressions;
using VirtLock.Locking;

namespace VirtLock;

/// <summary>Who holds a resource, as far as it can be told.</summary>
/// <param name="Pid">The process; null when no process of this host holds it, or the daemon asked does not say, as libvirt's never does.</param>
/// <param name="Name">What the owner or its program is called; empty when unknown.</param>
/// <param name="Since">Since when, in UTC, to the second; null when unknown.</param>
/// <param name="Others">How many more share it; 0 when unknown.</param>
public sealed partial record LockHolder(ProcessId? Pid, string Name, DateTimeOffset? Since = null, int Others = 0)
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss'Z'";

    /// <summary>A holder about whom nothing is known.</summary>
    public static LockHolder Unknown { get; } = new(null, string.Empty);

    /// <summary>For people: <c>'guest' (pid 7) since 2026-01-01 00:00:00Z and 1 more</c>.</summary>
    /// <returns>A part of a sentence, to stand after "held by".</returns>
    public override string ToString()
    {
        if (Pid is not { } pid)
        {
            return "somebody unknown";
        }

        string who = Name.Length == 0 ? $"pid {pid}" : $"'{Name}' (pid {pid})";
        string since = Since is { } time ? " since " + time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) : string.Empty;
        return Others == 0 ? who + since : string.Create(CultureInfo.InvariantCulture, $"{who}{since} and {Others} more");
    }

    internal static LockHolder Of(Resource resource)
    {
        Lease first = resource.FirstLease!;
        return new LockHolder(first.Owner.Pid, first.Owner.Name.ToString(), first.AcquiredAt, resource.Leases.Count() - 1);
    }

    internal static LockHolder Of(ProcessHolder? holder) =>
        holder is { } process ? new LockHolder(new ProcessId((uint)process.Pid), process.Command) : Unknown;

    /// <summary>Reads the holder out of the message of a VirtLock daemon's refusal: the protocol has no field for it.</summary>
    internal static LockHolder OfMessage(string message)
    {
        Match match = HeldBy().Match(message);
        if (!match.Success || !uint.TryParse(match.Groups["pid"].ValueSpan, CultureInfo.InvariantCulture, out uint pid))
        {
            return Unknown;
        }

        DateTimeOffset? since = DateTimeOffset.TryParseExact(
            match.Groups["since"].ValueSpan, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : null;
        _ = int.TryParse(match.Groups["more"].ValueSpan, CultureInfo.InvariantCulture, out int others);
        return new LockHolder(new ProcessId(pid), match.Groups["name"].Value, since, others);
    }

    [GeneratedRegex(
        @"is locked: held by (?:'(?<name>.*)' \(pid (?<pid>\d+)\)|pid (?<pid>\d+)|process (?<pid>\d+)(?: \((?<name>.*)\))?)"
        + @"(?: since (?<since>[-0-9: ]+Z))?(?: and (?<more>\d+) more)?(?: as '.*')?$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex HeldBy();
}
