using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Names and paths in a document: text for libvirt, and beside it the exact bytes where they are not UTF-8, which JSON must be.
/// </summary>
internal static class DocumentText
{
    /// <summary>Writes both where both are needed.</summary>
    internal static void WriteText(this Utf8JsonWriter json, JsonEncodedText textKey, JsonEncodedText bytesKey, ReadOnlySpan<byte> bytes)
    {
        json.WriteLossy(textKey, bytes);
        if (!Utf8.IsValid(bytes))
        {
            json.WriteBase64String(bytesKey, bytes);
        }
    }

    /// <summary>Writes the text alone, with U+FFFD for what is not UTF-8.</summary>
    internal static void WriteLossy(this Utf8JsonWriter json, JsonEncodedText key, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            json.WriteString(key, bytes);
        }
        else
        {
            json.WriteString(key, Encoding.UTF8.GetString(bytes));
        }
    }
}
