using System.Globalization;
using System.Text;

namespace VirtLock.Benchmarks.EndToEnd.Reports;

/// <summary>The results as tables in Markdown, which reads well in a terminal too.</summary>
internal static class ResultTable
{
    /// <summary>The medians of every figure, and how VirtLock compares round by round.</summary>
    internal static string Figures(Results results)
    {
        bool hasFloor = results.Figures.Any(figure => results.Has(figure.Id, Target.FloorName));
        List<string[]> rows =
        [
            ["figure", "unit", "libvirt", "VirtLock", "VirtLock : libvirt", .. FloorColumns(hasFloor, "floor", "VirtLock : floor")],
        ];
        foreach (Figure figure in results.Figures)
        {
            rows.Add(
            [
                figure.Title,
                figure.Unit,
                Median(results, figure, Target.LibvirtName),
                Median(results, figure, Target.VirtLockName),
                Ratio(results, figure, Target.LibvirtName),
                .. FloorColumns(hasFloor, Median(results, figure, Target.FloorName), Ratio(results, figure, Target.FloorName)),
            ]);
        }

        return Format(rows);
    }

    /// <summary>The goals that the results say something about.</summary>
    internal static string Goals(Results results)
    {
        List<string[]> rows = [["goal", "bound", "measured", "met"]];
        foreach (Goal goal in Goal.All.Where(goal => goal.CanBeMeasured(results)))
        {
            rows.Add(
            [
                goal.Title,
                string.Create(CultureInfo.InvariantCulture, $"{(goal.IsLeast ? "at least" : "at most")} {goal.Bound:0.00}"),
                goal.Measure(results).ToString(),
                goal.IsMet(results) ? "yes" : "no",
            ]);
        }

        return Format(rows);
    }

    private static string[] FloorColumns(bool hasFloor, params string[] columns) => hasFloor ? columns : [];

    private static string Median(Results results, Figure figure, string target) =>
        results.Has(figure.Id, target) ? Number(results.SpreadOf(figure.Id, target).Median) : "–";

    private static string Ratio(Results results, Figure figure, string baseline) =>
        results.Has(figure.Id, baseline) && results.Of(figure.Id, baseline).All(static value => value > 0)
            ? results.Ratio(figure.Id, Target.VirtLockName, baseline).ToString()
            : "–";

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "N0" : "0.0", CultureInfo.InvariantCulture);

    private static string Format(List<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        for (int i = 0; i < rows.Count; i++)
        {
            text.Append("| ").AppendJoin(" | ", rows[i].Select((cell, column) => cell.PadRight(widths[column]))).AppendLine(" |");
            if (i == 0)
            {
                text.Append("| ").AppendJoin(" | ", widths.Select(static width => new string('-', width))).AppendLine(" |");
            }
        }

        return text.ToString();
    }
}
