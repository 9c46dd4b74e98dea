using System.Text.Json;

namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>A client that sends thousands of requests without waiting, and what another one notices.</summary>
internal sealed class Pipeliner : Scenario
{
    private const int Requests = 10_000;

    internal override string Title => "pipeliner";

    internal override IReadOnlyList<Figure> Figures { get; } =
    [
        new Figure("pipeliner-worst", "beside a client that pipelines 10,000 requests: worst latency", "µs"),
        new Figure("pipeliner-p50", "beside a client that pipelines 10,000 requests: latency p50", "µs"),
    ];

    internal override IReadOnlyList<double> Measure(Stage stage, Target target)
    {
        JsonElement load = stage.Load(stage.DaemonOf(target), "pipeline", Stage.Setting("count", Requests));
        return [load.GetProperty("max").GetDouble(), load.GetProperty("p50").GetDouble()];
    }
}
