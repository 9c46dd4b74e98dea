using System.Globalization;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Finds names for people that are not taken yet. All that are is looked at only when a name is wanted, which hardly ever happens.</summary>
/// <param name="all">Every name of the kind, those not yet distinct among them.</param>
internal sealed class DistinctTexts(Func<IEnumerable<string>> all)
{
    private HashSet<string>? _taken;
    private int _number;

    /// <summary>The text itself is among those that are taken, so what is given always has a number behind it.</summary>
    internal string Take(string text)
    {
        _taken ??= new HashSet<string>(all(), StringComparer.Ordinal);
        string distinct;
        do
        {
            _number++;
            distinct = string.Create(CultureInfo.InvariantCulture, $"{text}~{_number}");
        }
        while (!_taken.Add(distinct));

        return distinct;
    }
}
