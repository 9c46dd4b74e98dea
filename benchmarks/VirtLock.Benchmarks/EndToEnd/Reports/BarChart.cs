using System.Globalization;
using System.Security;
using System.Text;

namespace VirtLock.Benchmarks.EndToEnd.Reports;

/// <summary>Groups of bars with their values, as an SVG picture.</summary>
/// <param name="title">What it shows.</param>
/// <param name="unit">The unit of the values.</param>
internal sealed class BarChart(string title, string unit)
{
    private const int Width = 760;
    private const int Top = 70;
    private const int PlotHeight = 220;
    private const int Bottom = 40;
    private const int Margin = 24;

    private static readonly Dictionary<string, string> Colours = new()
    {
        [Target.LibvirtName] = "#9aa5b1",
        [Target.VirtLockName] = "#2563eb",
        [Target.FloorName] = "#d9c38b",
    };

    private readonly List<(string Label, (string Series, double Value)[] Bars)> _groups = [];

    internal void Add(string label, params (string Series, double Value)[] bars) => _groups.Add((label, bars));

    internal string ToSvg()
    {
        var svg = new StringBuilder();
        int height = Top + PlotHeight + Bottom;
        svg.AppendLine(Line(
            $"""<svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}" role="img">"""));
        svg.AppendLine(Line($"""<title>{Escape(title)}</title>"""));
        svg.AppendLine(
            "<style>text{font:13px system-ui,sans-serif;fill:#1f2933}.value{font-size:11px}.title{font-size:16px;font-weight:600}</style>");
        svg.AppendLine(Line($"""<rect width="{Width}" height="{height}" fill="#ffffff"/>"""));
        svg.AppendLine(Line($"""<text class="title" x="{Margin}" y="28">{Escape(title)} ({Escape(unit)})</text>"""));
        AppendLegend(svg);
        AppendBars(svg);
        svg.AppendLine(Line($"""<path d="M{Margin} {Top + PlotHeight}.5H{Width - Margin}" stroke="#52606d"/>"""));
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static string Line(FormattableString line) => FormattableString.Invariant(line);

    private static string Number(double value) => value switch
    {
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{value / 1000:N0}k"),
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.0", CultureInfo.InvariantCulture),
    };

    private void AppendLegend(StringBuilder svg)
    {
        int x = Margin;
        foreach (string series in _groups.SelectMany(static group => group.Bars).Select(static bar => bar.Series).Distinct())
        {
            svg.AppendLine(Line(
                $"""<rect x="{x}" y="42" width="12" height="12" fill="{Colours[series]}"/>"""));
            svg.AppendLine(Line($"""<text x="{x + 18}" y="53">{Escape(series)}</text>"""));
            x += 100;
        }
    }

    private void AppendBars(StringBuilder svg)
    {
        double greatest = _groups.SelectMany(static group => group.Bars).Max(static bar => bar.Value);
        double groupWidth = (Width - (2.0 * Margin)) / _groups.Count;
        for (int i = 0; i < _groups.Count; i++)
        {
            (string label, (string Series, double Value)[] bars) = _groups[i];
            double left = Margin + (i * groupWidth);
            double barWidth = Math.Min(groupWidth * 0.8 / bars.Length, 60);
            double x = left + ((groupWidth - (barWidth * bars.Length)) / 2);
            foreach ((string series, double value) in bars)
            {
                double barHeight = (PlotHeight - 20) * value / greatest;
                double y = Top + PlotHeight - barHeight;
                svg.Append(Line($"""<rect x="{x + 1:0.#}" y="{y:0.#}" width="{barWidth - 2:0.#}" """));
                svg.AppendLine(Line($"""height="{barHeight:0.#}" fill="{Colours[series]}"/>"""));
                svg.AppendLine(Line(
                    $"""<text class="value" text-anchor="middle" x="{x + (barWidth / 2):0.#}" y="{y - 4:0.#}">{Number(value)}</text>"""));
                x += barWidth;
            }

            svg.AppendLine(Line(
                $"""<text text-anchor="middle" x="{left + (groupWidth / 2):0.#}" y="{Top + PlotHeight + 22}">{Escape(label)}</text>"""));
        }
    }
}
