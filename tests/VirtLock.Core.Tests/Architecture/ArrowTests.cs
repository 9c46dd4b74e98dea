using System.Reflection;
using VirtLock.Core.Tests.Architecture.Planted;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Architecture;

namespace VirtLock.Core.Tests.Architecture;

/// <summary>
/// Which way things may point: the protocol and the model know of nothing else, few call the kernel, and what embedders use stands on top.
/// An arrow that is not here needs a reason before it gets its line.
/// </summary>
[TestFixture]
internal sealed class ArrowTests
{
    private const string DependencyInjection = "Microsoft.Extensions.DependencyInjection";

    /// <summary>What embedders see first, and the engine behind it in the folder InProcess.</summary>
    private const string PublicFace = "VirtLock";

    private static readonly Assembly Core = typeof(LockTable).Assembly;

    private static readonly Dictionary<string, string[]> Table = new()
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

    private readonly Arrows _arrows = new(Core, "src/VirtLock.Core", Table);

    [Test]
    public void Every_room_points_only_where_it_may()
    {
        Assert.That(_arrows.Forbidden, Is.Empty);
    }

    [Test]
    public void Every_room_has_its_arrows()
    {
        Assert.That(_arrows.Rooms, Is.EquivalentTo(Table.Keys));
    }

    [Test]
    public void Every_arrow_is_used()
    {
        Assert.That(_arrows.Unused, Is.Empty);
    }

    [Test]
    public void No_arrows_lead_back()
    {
        Assert.That(_arrows.Circle, Is.Empty);
    }

    /// <summary>The compiler copies constants, so that no instruction tells where one came from: the sources do.</summary>
    [Test]
    public void Sources_name_only_what_they_may_point_to()
    {
        Assert.That(_arrows.Sources.Count(), Is.GreaterThan(50));
        Assert.That(_arrows.ForbiddenInSources, Is.Empty);
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
        IEnumerable<TypeReference> found =
            TypeReferences.In(
                planted.Assembly).Where(reference => reference.From == planted && reference.To.Namespace == typeof(LibC).Namespace);

        Assert.That(found, Is.Not.Empty);
        Assert.That(_arrows.IsAllowed("VirtLock.Locking", typeof(LibC).Namespace!), Is.False);
    }

    [TestCase("using VirtLock.Posix;\nnamespace VirtLock.Locking;\nclass C;", "VirtLock.Posix")]
    [TestCase("namespace VirtLock.Locking;\nclass C { int F = Posix.LibC.ENOENT; }", "LibC.ENOENT")]
    [TestCase("namespace VirtLock.Locking;\nclass C { int F = (int)LockProcedure.Register; }", "LockProcedure.Register")]
    public void Forbidden_arrow_is_seen_in_a_source(string source, string to)
    {
        Assert.That(_arrows.ForbiddenIn("C.cs", source), Is.EqualTo([$"C.cs -> {to}"]));
    }

    [Test]
    public void Circle_is_seen()
    {
        var arrows =
            new Arrows(Core, "src", new Dictionary<string, string[]> { ["a"] = ["b"], ["b"] = ["d", "c"], ["c"] = ["d", "b"], ["d"] = [] });

        Assert.That(arrows.Circle, Is.EqualTo(["b", "c", "b"]));
    }
}
