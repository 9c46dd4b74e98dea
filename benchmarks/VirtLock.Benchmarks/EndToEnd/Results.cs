namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>The values of all figures, by target and round.</summary>
internal sealed class Results
{
    private readonly Dictionary<(string Figure, string Target), List<double>> _values = [];
    private readonly List<Figure> _figures = [];

    /// <summary>The figures that have values, in the order in which they were first measured.</summary>
    internal IReadOnlyList<Figure> Figures => _figures;

    internal void Add(Figure figure, Target target, double value)
    {
        if (!_figures.Contains(figure))
        {
            _figures.Add(figure);
        }

        if (!_values.TryGetValue((figure.Id, target.Name), out List<double>? values))
        {
            _values.Add((figure.Id, target.Name), values = []);
        }

        values.Add(value);
    }

    internal bool Has(string figure, string target) => _values.ContainsKey((figure, target));

    /// <summary>A target's values, round by round.</summary>
    internal IReadOnlyList<double> Of(string figure, string target) => _values[(figure, target)];

    internal Spread SpreadOf(string figure, string target) => Spread.Of(Of(figure, target));

    /// <summary>
    /// How many times the baseline: each round's value by the same round's, for a machine that is busy with something else for a while
    /// slows both.
    /// </summary>
    internal Spread Ratio(string figure, string target, string baseline) =>
        Spread.Of(Of(figure, target).Zip(Of(figure, baseline), static (value, reference) => value / reference));
}
