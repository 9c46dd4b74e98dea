using System.Globalization;
using VirtLock.TestKit;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>On what the figures were measured.</summary>
/// <param name="Processor">The processor's model.</param>
/// <param name="Cores">How many of them.</param>
/// <param name="Kernel">The kernel's release.</param>
/// <param name="Libvirt">What libvirt's daemon says of its version.</param>
/// <param name="VirtLock">Which VirtLock, as <c>git describe</c> says.</param>
/// <param name="Load">How busy it was with other things before: the load average of the last minute.</param>
/// <param name="MeasuredAt">When.</param>
internal sealed record Machine(
    string Processor, int Cores, string Kernel, string Libvirt, string VirtLock, double Load, DateTimeOffset MeasuredAt)
{
    internal static Machine Describe() => new(
        ProcessorModel(),
        Environment.ProcessorCount,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Tool.Run("/usr/sbin/virtlockd", "--version").Trim(),
        Tool.Run("git", "-C", Repository.Root, "describe", "--always", "--dirty").Trim(),
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        TimeProvider.System.GetUtcNow());

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor}, {Cores} cores, load average {Load:0.0} beforehand, Linux {Kernel}; "
        + $"{Libvirt}; VirtLock {VirtLock}; {MeasuredAt:yyyy-MM-dd}");

    private static string ProcessorModel()
    {
        const string Key = "model name";
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith(Key, StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
    }
}
