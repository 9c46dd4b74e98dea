using System.Text.Json;

namespace VirtLock.Benchmarks.EndToEnd.Reports;

/// <summary>The results for programs: every value of every round.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    internal static void Write(string path, Machine machine, RunOptions options, params Results[] results)
    {
        var document = new
        {
            Machine = machine,
            options.Rounds,
            Seconds = options.Duration.TotalSeconds,
            Figures = results.SelectMany(static part => part.Figures.Select(
                figure => new { figure.Id, figure.Title, figure.Unit, Values = ValuesOf(part, figure) })),
        };
        File.WriteAllText(path, JsonSerializer.Serialize(document, Format) + Environment.NewLine);
    }

    private static Dictionary<string, IReadOnlyList<double>> ValuesOf(Results results, Figure figure) =>
        new[] { Target.LibvirtName, Target.VirtLockName, Target.FloorName }
            .Where(target => results.Has(figure.Id, target))
            .ToDictionary(static target => target, target => results.Of(figure.Id, target));
}
