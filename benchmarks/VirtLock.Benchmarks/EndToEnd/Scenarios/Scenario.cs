namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>Something to put every target through.</summary>
internal abstract class Scenario
{
    /// <summary>A word or two, which <c>--only</c> searches too.</summary>
    internal abstract string Title { get; }

    /// <summary>What it measures; the first figure is the one that progress shows.</summary>
    internal abstract IReadOnlyList<Figure> Figures { get; }

    internal virtual bool AppliesTo(Target target) => true;

    /// <summary>Measures once.</summary>
    /// <returns>A value for each of <see cref="Figures"/>.</returns>
    internal abstract IReadOnlyList<double> Measure(Stage stage, Target target);
}
