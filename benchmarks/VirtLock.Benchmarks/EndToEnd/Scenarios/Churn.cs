using System.Text.Json;

namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>A client that connects, registers, acquires, releases and leaves, over and over.</summary>
internal sealed class Churn : Scenario
{
    internal override string Title => "churn";

    internal override IReadOnlyList<Figure> Figures { get; } =
    [
        new Figure("churn", "connect, register, acquire, release, close: throughput", "cycles/s"),
        new Figure("churn-p99", "connect, register, acquire, release, close: latency p99", "µs"),
    ];

    internal override IReadOnlyList<double> Measure(Stage stage, Target target)
    {
        JsonElement load = stage.LoadForDuration(stage.DaemonOf(target), "churn");
        return [load.GetProperty("rate").GetDouble(), load.GetProperty("p99").GetDouble()];
    }
}
