using System.Text;
using System.Text.Json;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Names a place in a document, like <c>daemon.servers.virtlockd.clients[3]</c>. Found by reading again up to that place, so that reading a
/// good document pays nothing for it.
/// </summary>
internal static class DocumentPath
{
    /// <summary>
    /// The path of the value or key that begins at an offset, or of the object or array that ends there; empty for the whole.
    /// </summary>
    internal static string At(ReadOnlySpan<byte> document, long offset)
    {
        var reader = new Utf8JsonReader(document);
        var steps = new Stack<Step>();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                steps.Pop();
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                steps.Pop();
                steps.Push(new Step(Encoding.UTF8.GetString(reader.ValueSpan), 0));
            }
            else if (steps.TryPeek(out Step inArray) && inArray.Key is null)
            {
                steps.Pop();
                steps.Push(new Step(null, inArray.Index + 1));
            }

            if (reader.TokenStartIndex >= offset)
            {
                break;
            }

            if (reader.TokenType is JsonTokenType.StartObject)
            {
                steps.Push(new Step("", 0));
            }
            else if (reader.TokenType is JsonTokenType.StartArray)
            {
                steps.Push(new Step(null, -1));
            }
        }

        var path = new StringBuilder();
        foreach (Step step in steps.Reverse())
        {
            if (step.Key is null)
            {
                path.Append('[').Append(step.Index).Append(']');
            }
            else
            {
                path.Append(path.Length == 0 ? "" : ".").Append(step.Key);
            }
        }

        return path.ToString();
    }

    /// <param name="Key">The key in an object; null in an array.</param>
    /// <param name="Index">The index in an array.</param>
    private readonly record struct Step(string? Key, int Index);
}
