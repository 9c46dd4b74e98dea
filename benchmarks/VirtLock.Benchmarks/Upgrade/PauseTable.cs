using System.Globalization;
using System.Text;
using VirtLock.Benchmarks.EndToEnd;

namespace VirtLock.Benchmarks.Upgrade;

/// <summary>The pauses with their spread, for both daemons.</summary>
internal static class PauseTable
{
    internal static string Format(Results results)
    {
        var text = new StringBuilder();
        text.AppendLine("| figure | libvirt: min / median / max | VirtLock: min / median / max | VirtLock : libvirt |");
        text.AppendLine("| ------ | --------------------------- | ---------------------------- | ------------------ |");
        foreach (Figure figure in Pause.All.SelectMany(scenario => scenario.Figures).Where(results.Figures.Contains))
        {
            text.Append("| ").AppendJoin(
                " | ",
                $"{figure.Title}, {figure.Unit}",
                Format(results, figure, Target.LibvirtName),
                Format(results, figure, Target.VirtLockName),
                results.Has(figure.Id, Target.LibvirtName)
                    ? results.Ratio(figure.Id, Target.VirtLockName, Target.LibvirtName).ToString()
                    : "–");
            text.AppendLine(" |");
        }

        return text.ToString();
    }

    private static string Format(Results results, Figure figure, string target)
    {
        if (!results.Has(figure.Id, target))
        {
            return "–";
        }

        Spread spread = results.SpreadOf(figure.Id, target);
        return string.Create(CultureInfo.InvariantCulture, $"{spread.Minimum:0.0} / {spread.Median:0.0} / {spread.Maximum:0.0}");
    }
}
