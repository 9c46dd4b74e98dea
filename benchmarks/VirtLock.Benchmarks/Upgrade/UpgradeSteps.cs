using System.Globalization;
using System.Text.RegularExpressions;
using VirtLock.Benchmarks.EndToEnd;

namespace VirtLock.Benchmarks.Upgrade;

/// <summary>How long VirtLock's daemon says that the steps of its upgrades took, in milliseconds each.</summary>
/// <param name="Preflight">Trying the new executable out, while everybody is served.</param>
/// <param name="Save">From the last request until the snapshot is written.</param>
/// <param name="Restore">Putting everything in its place in the new image.</param>
internal sealed partial record UpgradeSteps(double Preflight, double Save, double Restore)
{
    /// <summary>The medians over all upgrades in a log.</summary>
    internal static UpgradeSteps Read(string logFile)
    {
        string log = File.ReadAllText(logFile);
        return new UpgradeSteps(
            Median(Upgrading().Matches(log), "preflight"),
            Median(Upgrading().Matches(log), "save"),
            Median(Restored().Matches(log), "restore"));
    }

    private static double Median(MatchCollection matches, string group) => matches.Count == 0
        ? throw new BenchmarkFailedException("VirtLock's log tells of no upgrade.")
        : Spread.Of(matches.Select(match => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture))).Median;

    [GeneratedRegex("preflight took (?<preflight>[0-9.]+) ms, freezing and saving (?<save>[0-9.]+) ms")]
    private static partial Regex Upgrading();

    [GeneratedRegex("restored .* in (?<restore>[0-9.]+) ms")]
    private static partial Regex Restored();
}
