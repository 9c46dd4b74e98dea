using System.Globalization;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>What the rounds gave.</summary>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Median">The middle one.</param>
/// <param name="Maximum">The greatest value.</param>
internal readonly record struct Spread(double Minimum, double Median, double Maximum)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            throw new ArgumentException("Nothing was measured.", nameof(values));
        }

        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[^1]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0.00} ({Minimum:0.00} to {Maximum:0.00})");
}
