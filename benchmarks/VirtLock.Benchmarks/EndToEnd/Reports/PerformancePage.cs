using System.Globalization;
using VirtLock.Benchmarks.EndToEnd.Scenarios;

namespace VirtLock.Benchmarks.EndToEnd.Reports;

/// <summary>docs/performance.md with its pictures and its data.</summary>
internal static class PerformancePage
{
    private static readonly string[] Everybody = [Target.LibvirtName, Target.VirtLockName, Target.FloorName];

    internal static void Write(Machine machine, RunOptions options, Results results, Results upgrades)
    {
        string folder = Places.Documentation;
        File.WriteAllText(Path.Combine(folder, "performance-throughput.svg"), Throughput(results).ToSvg());
        File.WriteAllText(Path.Combine(folder, "performance-latency.svg"), Latency(results).ToSvg());
        File.WriteAllText(Path.Combine(folder, "performance-memory.svg"), Memory(results).ToSvg());
        ResultFile.Write(Path.Combine(folder, "performance.json"), machine, options, results, upgrades);

        string page = Template()
            .Replace("{{machine}}", machine.ToString(), StringComparison.Ordinal)
            .Replace("{{rounds}}", options.Rounds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{{seconds}}", options.Duration.TotalSeconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{{goals}}", ResultTable.Goals(results), StringComparison.Ordinal)
            .Replace("{{upgrades}}", ResultTable.Figures(upgrades), StringComparison.Ordinal)
            .Replace("{{figures}}", ResultTable.Figures(results), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "performance.md"), page);
    }

    private static string Template()
    {
        using Stream stream = typeof(PerformancePage).Assembly.GetManifestResourceStream("performance.md")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static BarChart Throughput(Results results)
    {
        var chart = new BarChart("Acquire and release, by number of clients", "requests/s");
        foreach (int clients in new[] { 1, 16, 256, 1_000 })
        {
            chart.Add(string.Create(CultureInfo.InvariantCulture, $"{clients:N0}"), Bars(results, PingPong.IdOf(clients), Everybody));
        }

        return chart;
    }

    private static BarChart Latency(Results results)
    {
        var chart = new BarChart("Latency of a request with 16 clients", "µs");
        foreach ((string label, string suffix) in new[] { ("p50", "-p50"), ("p99", "-p99"), ("p99.9", "-p999") })
        {
            chart.Add(label, Bars(results, PingPong.IdOf(16) + suffix, Everybody));
        }

        return chart;
    }

    private static BarChart Memory(Results results)
    {
        var chart = new BarChart("Resident memory", "MiB");
        string[] daemons = [Target.LibvirtName, Target.VirtLockName];
        chart.Add("idle", Bars(results, "memory-idle", daemons));
        chart.Add("1,000 clients", Bars(results, "memory-clients", daemons));
        chart.Add("10,000 locks", Bars(results, "memory-locks", daemons));
        return chart;
    }

    private static (string Series, double Value)[] Bars(Results results, string figure, string[] targets) =>
        [.. targets.Select(target => (target, results.SpreadOf(figure, target).Median))];
}
