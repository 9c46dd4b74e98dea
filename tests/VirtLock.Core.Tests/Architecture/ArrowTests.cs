using System.Reflection;
using System.Text.RegularExpressions;
using VirtLock.Core.Tests.Architecture.Planted;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit;
using VirtLock.TestKit.Architecture;

namespace VirtLock.Core.Tests.Architecture;

/// <summary>
/// Which way things may point: the protocol and the model know of nothing else, few call the kernel, and what embedders use stands on top. An arrow that
/// is not here needs a reason before it gets its line.
/// </summary>
[TestFixture]
internal sealed partial class ArrowTests
{
    private const string DependencyInjection = "Microsoft.Extensions.DependencyInjection";

    /// <summary>What embedders see first, and the engine behind it in the folder InProcess.</summary>
    private const string PublicFace = "VirtLock";

    private static readonly Assembly Core = typeof(LockTable).Assembly;

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["VirtLock.Protocol"] = [],
        ["VirtLock.Locking"] = [],
        ["VirtLock.Posix"] = [],
        ["VirtLock.Drivers"] = ["VirtLock.Locking", "VirtLock.Posix"],
        ["VirtLock.Sessions"] = ["VirtLock.Locking", "VirtLock.Protocol"],
        [PublicFace] = ["VirtLock.Locking", "VirtLock.Drivers", "VirtLock.Protocol"],
        ["VirtLock.Client"] = ["VirtLock.Locking", "VirtLock.Protocol", PublicFace],
        ["VirtLock.Testing"] = ["VirtLock.Locking", "VirtLock.Drivers", "VirtLock.Protocol", "VirtLock.Sessions", PublicFace],
        [DependencyInjection] = ["VirtLock.Locking", "VirtLock.Drivers", "VirtLock.Client", PublicFace],
    };

    [Test]
    public void Every_namespace_points_only_where_it_may()
    {
        Assert.That(NamespaceReferences.In(Core).Where(reference => !IsAllowed(reference)), Is.Empty);
    }

    [Test]
    public void Every_namespace_has_its_arrows()
    {
        IEnumerable<string> namespaces = Core.GetTypes().Select(type => type.Namespace ?? string.Empty)
            .Where(name => name.StartsWith("VirtLock", StringComparison.Ordinal) || name == DependencyInjection)
            .Distinct();

        Assert.That(namespaces, Is.EquivalentTo(Arrows.Keys));
    }

    [Test]
    public void Every_arrow_is_used()
    {
        IEnumerable<string> drawn = Arrows.SelectMany(arrows => arrows.Value, (arrows, to) => $"{arrows.Key} -> {to}");

        IEnumerable<string> used = NamespaceReferences.In(Core).Select(reference => $"{reference.From.Namespace} -> {reference.To.Namespace}");

        Assert.That(drawn.Except(used), Is.Empty);
    }

    /// <summary>The compiler copies constants, so that no instruction tells where one came from: the sources do.</summary>
    [Test]
    public void Sources_name_only_namespaces_they_may_point_to()
    {
        string folder = Path.Combine(Repository.Root, "src", "VirtLock.Core");
        var files = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(file => (Name: file[(folder.Length + 1)..], Text: File.ReadAllText(file)))
            .ToList();

        IEnumerable<string> wrong = files.SelectMany(file => NamedNamespace().Matches(file.Text), (file, match) => (file, To: match.Value))
            .Where(pair => Arrows.ContainsKey(pair.To) && pair.To != PublicFace && !IsAllowed(NamespaceIn(pair.file.Text), pair.To))
            .Select(pair => $"{pair.file.Name} -> {pair.To}");

        Assert.That(files, Has.Count.GreaterThan(50));
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Nothing_of_the_library_knows_the_daemon()
    {
        Assert.That(Core.GetReferencedAssemblies().Select(assembly => assembly.Name), Has.None.EqualTo("virtlockd"));
    }

    [TestCase(typeof(PointsByBase))]
    [TestCase(typeof(PointsByField))]
    [TestCase(typeof(PointsByParameter))]
    [TestCase(typeof(PointsByReturn))]
    [TestCase(typeof(PointsByGenericArgument))]
    [TestCase(typeof(PointsByCall))]
    [TestCase(typeof(PointsByLocal))]
    [TestCase(typeof(PointsByLambda))]
    [TestCase(typeof(PointsByIterator))]
    [TestCase(typeof(PointsByAttribute))]
    public void Forbidden_arrow_is_seen_however_it_is_hidden(Type planted)
    {
        IEnumerable<NamespaceReference> found =
            NamespaceReferences.In(planted.Assembly).Where(reference => reference.From == planted && reference.To.Namespace == typeof(LibC).Namespace);

        Assert.That(found, Is.Not.Empty);
        Assert.That(IsAllowed("VirtLock.Locking", typeof(LibC).Namespace!), Is.False);
    }

    private static bool IsAllowed(NamespaceReference reference) => IsAllowed(reference.From.Namespace!, reference.To.Namespace!);

    private static bool IsAllowed(string from, string to) => from == to || (Arrows.TryGetValue(from, out string[]? allowed) && allowed.Contains(to));

    private static string NamespaceIn(string source) => DeclaredNamespace().Match(source).Groups[1].Value;

    [GeneratedRegex(@"\bVirtLock\.[A-Z]\w+")]
    private static partial Regex NamedNamespace();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex DeclaredNamespace();
}
