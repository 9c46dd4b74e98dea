using System.Text.Json.Nodes;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Takes documents apart.</summary>
internal static class Documents
{
    internal static JsonObject Parse(string document) => JsonNode.Parse(document)!.AsObject();

    /// <summary>All objects in a document, itself first.</summary>
    internal static List<JsonObject> Objects(JsonNode? node)
    {
        List<JsonObject> objects = [];
        IEnumerable<JsonNode?> children = [];
        if (node is JsonObject itself)
        {
            objects.Add(itself);
            children = itself.Select(pair => pair.Value);
        }
        else if (node is JsonArray array)
        {
            children = array;
        }

        objects.AddRange(children.SelectMany(Objects));
        return objects;
    }

    /// <summary>The node at a path like <c>daemon.servers.virtlockd.clients[0]</c>.</summary>
    internal static JsonNode At(JsonNode document, string path)
    {
        foreach (string step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            document =
                (step[0] == '[' ? document[int.Parse(step[1..^1], System.Globalization.CultureInfo.InvariantCulture)] : document[step])!;
        }

        return document;
    }
}
