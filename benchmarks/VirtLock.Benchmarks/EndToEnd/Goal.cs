namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>What VirtLock wants to reach.</summary>
/// <param name="Title">What is held against what.</param>
/// <param name="Figures">The figures it is made of.</param>
/// <param name="Measure">How it comes from the results.</param>
/// <param name="Bound">The least or the most that it may be.</param>
/// <param name="IsLeast">Whether the bound is the least.</param>
internal sealed record Goal(string Title, IReadOnlyList<string> Figures, Func<Results, Spread> Measure, double Bound, bool IsLeast)
{
    /// <summary>All of VirtLock's.</summary>
    internal static IReadOnlyList<Goal> All { get; } =
    [
        AtLeast("clients-1", Target.LibvirtName, 1.0, "throughput, 1 client"),
        AtLeast("clients-16", Target.LibvirtName, 2.2, "throughput, 16 clients"),
        AtLeast("clients-256", Target.LibvirtName, 3.0, "throughput, 256 clients"),
        AtLeast("clients-1000", Target.LibvirtName, 3.5, "throughput, 1,000 clients"),
        AtLeast("contended-16", Target.LibvirtName, 2.0, "throughput, 16 clients and one file"),
        AtLeast("churn", Target.LibvirtName, 1.5, "connection churn"),
        AtLeast("clients-16", Target.FloorName, 0.85, "throughput, 16 clients"),
        AtLeast("clients-256", Target.FloorName, 0.85, "throughput, 256 clients"),
        AtLeast("clients-1000", Target.FloorName, 0.85, "throughput, 1,000 clients"),
        AtMost("clients-16-p99", 1.0, "latency p99, 16 clients"),
        Within("latency p99.9 : p99, 16 clients", "clients-16-p999", "clients-16-p99", 3.0),
        new Goal(
            "worst latency beside a pipeliner, ms",
            ["pipeliner-worst"],
            static results => Spread.Of(
                results.Of("pipeliner-worst", Target.VirtLockName).Select(static microseconds => microseconds / 1e3)),
            10,
            IsLeast: false),
        Within("an owner's death beside 15,000 locks : beside 100", "death-15000", "death-100", 1.5),
        AtMost("memory-idle", 1.6, "resident memory, idle"),
        AtMost("memory-clients", 1.5, "resident memory, 1,000 clients"),
        AtMost("memory-locks", 1.5, "resident memory, 10,000 locks"),
        AtMost("start", 2.0, "start"),
        AtMost("pause-0", 1.3, "pause of an upgrade, no locks"),
        AtMost("pause-1000", 1.0, "pause of an upgrade, 1,000 locks"),
        AtMost("pause-10000", 0.5, "pause of an upgrade, 10,000 locks"),
    ];

    internal bool CanBeMeasured(Results results) =>
        Figures.All(figure => results.Has(figure, Target.VirtLockName) && results.Has(figure, Target.LibvirtName));

    internal bool IsMet(Results results)
    {
        double median = Measure(results).Median;
        return IsLeast ? median >= Bound : median <= Bound;
    }

    private static Goal AtLeast(string figure, string baseline, double bound, string title) => new(
        $"{title}: VirtLock : {baseline}", [figure], results => results.Ratio(figure, Target.VirtLockName, baseline), bound, IsLeast: true);

    private static Goal AtMost(string figure, double bound, string title) => new(
        $"{title}: VirtLock : {Target.LibvirtName}",
        [figure],
        results => results.Ratio(figure, Target.VirtLockName, Target.LibvirtName),
        bound,
        IsLeast: false);

    private static Goal Within(string title, string figure, string reference, double bound) => new(
        title,
        [figure, reference],
        results => Spread.Of(
            results.Of(figure, Target.VirtLockName)
                .Zip(results.Of(reference, Target.VirtLockName), static (value, other) => value / other)),
        bound,
        IsLeast: false);
}
