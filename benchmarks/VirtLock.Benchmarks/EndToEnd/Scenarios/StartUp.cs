namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>From exec to the first reply.</summary>
internal sealed class StartUp : Scenario
{
    internal override string Title => "start";

    internal override IReadOnlyList<Figure> Figures { get; } = [new Figure("start", "from exec to the first reply", "µs")];

    internal override IReadOnlyList<double> Measure(Stage stage, Target target) => [stage.LoadStart(target).GetProperty("p50").GetDouble()];
}
