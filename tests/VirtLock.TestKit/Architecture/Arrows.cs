using System.Reflection;
using System.Text.RegularExpressions;

namespace VirtLock.TestKit.Architecture;

/// <summary>
/// Which way the rooms of an assembly may point, and where they point otherwise. Instructions and signatures tell of types; the compiler
/// copies constants and members of enumerations, so that only the sources tell where those came from.
/// </summary>
/// <param name="assembly">The assembly.</param>
/// <param name="folder">Its sources, below the repository's root.</param>
/// <param name="table">What each room may use; all rooms are in it.</param>
/// <param name="roomOf">The room of a type, by its namespace and name: its namespace itself if null.</param>
internal sealed partial class Arrows(
    Assembly assembly,
    string folder,
    IReadOnlyDictionary<string, string[]> table,
    Func<string, string, string>? roomOf = null)
{
    /// <summary>Constants by how sources name them, and the room that each is from.</summary>
    private readonly Lazy<ILookup<string, string>> _constants = new(() => assembly.GetTypes()
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => field.IsLiteral && !IsGenerated(field.DeclaringType!))
        .ToLookup(field => $"{field.DeclaringType!.Name}.{field.Name}", field => RoomOf(Outermost(field.DeclaringType!), roomOf)));

    /// <summary>References of types that no arrow allows.</summary>
    public IEnumerable<TypeReference> Forbidden => References.Where(reference => !IsAllowed(RoomOf(reference.From), RoomOf(reference.To)));

    /// <summary>Arrows that nothing needs.</summary>
    public IEnumerable<string> Unused => table.SelectMany(arrows => arrows.Value, (arrows, to) => $"{arrows.Key} -> {to}")
        .Except(References.Select(reference => $"{RoomOf(reference.From)} -> {RoomOf(reference.To)}"));

    /// <summary>Rooms that have types.</summary>
    public IEnumerable<string> Rooms => assembly.GetTypes().Where(type => !IsGenerated(Outermost(type)))
        .Select(type => RoomOf(Outermost(type)))
        .Distinct();

    /// <summary>The sources: their names and texts.</summary>
    public IEnumerable<(string Name, string Text)> Sources => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
        .Select(file => (Path.GetRelativePath(Path.Combine(Repository.Root, folder), file), File.ReadAllText(file)));

    /// <summary>Namespaces and constants that sources name and no arrow allows.</summary>
    public IEnumerable<string> ForbiddenInSources => Sources.SelectMany(source => ForbiddenIn(source.Name, source.Text));

    /// <summary>Rooms that lead from one back to itself; empty if there are none.</summary>
    public IEnumerable<string> Circle => table.Keys.Select(room => WayBack([room])).FirstOrDefault(way => way.Length > 0) ?? [];

    private IEnumerable<TypeReference> References => TypeReferences.In(assembly)
        .Where(reference => reference.To.Assembly == assembly && !IsGenerated(reference.From) && !IsGenerated(reference.To));

    public bool IsAllowed(string from, string to) => from == to || (table.TryGetValue(from, out string[]? allowed) && allowed.Contains(to));

    public string RoomOf(Type type) => RoomOf(type, roomOf);

    /// <summary>What a source names and may not.</summary>
    /// <param name="name">The file's name, which is that of its type.</param>
    /// <param name="text">Its text.</param>
    public IEnumerable<string> ForbiddenIn(string name, string text)
    {
        string declared = DeclaredNamespace().Match(text).Groups[1].Value;
        string from = roomOf is null ? declared : roomOf(declared, Path.GetFileName(name).Split('.')[0]);
        IEnumerable<string> namespaces = NamedNamespace().Matches(text)
            .Select(match => NamespaceIn(match.Value))
            .OfType<string>()
            .Where(to => !IsAllowed(from, to));
        IEnumerable<string> constants = NamedMember().Matches(Comment().Replace(text, string.Empty))
            .Select(match => match.Groups[1].Value)
            .Where(member => _constants.Value.Contains(member) && !_constants.Value[member].Any(to => IsAllowed(from, to)));
        return namespaces.Concat(constants).Distinct().Select(to => $"{name} -> {to}");
    }

    private static string RoomOf(Type type, Func<string, string, string>? roomOf)
    {
        string space = type.Namespace ?? string.Empty;
        return roomOf is null ? space : roomOf(space, type.Name);
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    /// <summary>Whether it has no place in the sources: what the compiler and its generators add to every assembly.</summary>
    private static bool IsGenerated(Type type) =>
        type.Name.Contains('<', StringComparison.Ordinal) || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true;

    /// <summary>
    /// The room that is a namespace of this name or has the name in it. A root of other rooms is in all their names, and so says nothing.
    /// </summary>
    private string? NamespaceIn(string name) => table.Keys
        .Where(room => name == room || name.StartsWith(room + ".", StringComparison.Ordinal))
        .MaxBy(room => room.Length) is { } found && (name == found || !IsRoot(found))
            ? found
            : null;

    private bool IsRoot(string name) => table.Keys.Any(room => room.StartsWith(name + ".", StringComparison.Ordinal));

    private string[] WayBack(string[] way)
    {
        foreach (string next in table.GetValueOrDefault(way[^1], []))
        {
            if (next == way[0])
            {
                return [.. way, next];
            }

            if (!way.Contains(next) && WayBack([.. way, next]) is { Length: > 0 } back)
            {
                return back;
            }
        }

        return [];
    }

    [GeneratedRegex(@"\bVirtLock(\.[A-Z]\w+)+")]
    private static partial Regex NamedNamespace();

    [GeneratedRegex(@"\b(?=([A-Z]\w*\.[A-Z]\w*))")]
    private static partial Regex NamedMember();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex DeclaredNamespace();
}
