using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Writes names of one kind so that no two look alike: libvirt's daemon refuses a document that names a resource twice, and bytes that are
/// not UTF-8 may look alike as text. All names are looked at only when there are such bytes, which hardly ever happens.
/// </summary>
/// <param name="all">Every name of the kind, those not yet distinct among them.</param>
internal sealed class DistinctTexts(Func<IEnumerable<string>> all)
{
    private HashSet<string>? _taken;
    private int _number;

    internal void Write(Utf8JsonWriter json, JsonEncodedText key, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            json.WriteString(key, bytes);
        }
        else
        {
            json.WriteString(key, Take(Encoding.UTF8.GetString(bytes)));
        }
    }

    /// <summary>The text itself is among those that are taken, so what is given always has a number behind it.</summary>
    private string Take(string text)
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
