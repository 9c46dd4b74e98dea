using System.Reflection;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Tests.Architecture.Planted;
using VirtLock.TestKit.Architecture;

namespace VirtLock.Daemon.Tests.Architecture;

/// <summary>
/// Which way the rooms of the daemon may point. What stands at its root is of two kinds: a foundation that every room may use, and what
/// composes the rooms to a daemon, which none may name.
/// </summary>
[TestFixture]
internal sealed class ArrowTests
{
    private const string Root = "VirtLock.Daemon";
    private const string Composition = "composition";
    private const string Options = Root + ".Options";
    private const string Processes = Root + ".Processes";
    private const string Loop = Root + ".EventLoop";
    private const string Logging = Root + ".Logging";
    private const string Listening = Root + ".Listening";
    private const string Supervision = Root + ".Supervision";
    private const string Admin = Root + ".Admin";
    private const string Upgrade = Root + ".Upgrade";
    private const string Document = Upgrade + ".Document";

    private static readonly Assembly Daemon = typeof(EpollLoop).Assembly;

    private static readonly string[] Foundation =
        ["ExitCode", "StartFailedException", "RuntimePaths", "ProductVersion", "Accounts", "StartLock"];

    private static readonly Dictionary<string, string[]> Table = new()
    {
        [Root] = [],
        [Options] = [Root],
        [Processes] = [Root],
        [Loop] = [],
        [Logging] = [Options, Root],
        [Listening] = [Loop, Processes, Logging, Root],
        [Supervision] = [Loop, Processes, Logging, Root],
        [Admin] = [],
        [Document] = [],
        [Upgrade] = [Document, Listening, Supervision, Loop, Processes, Logging, Root],
        [Composition] = [Upgrade, Document, Admin, Supervision, Listening, Logging, Loop, Processes, Options, Root],
    };

    private readonly Arrows _arrows = new(Daemon, "src/VirtLock.Daemon", Table, RoomOf);

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

    /// <summary>The restart document is bytes and what they stand for: it neither calls the kernel nor knows the protocol.</summary>
    [Test]
    public void Document_knows_nothing_of_the_library_but_the_model()
    {
        IEnumerable<string?> known = TypeReferences.In(Daemon)
            .Where(reference => _arrows.RoomOf(reference.From) == Document && reference.To.Assembly != Daemon)
            .Select(reference => reference.To.Namespace)
            .Distinct();

        Assert.That(known, Is.EqualTo(["VirtLock.Locking"]));
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
            TypeReferences.In(planted.Assembly).Where(reference => reference.From == planted && _arrows.RoomOf(reference.To) == Loop);

        Assert.That(found, Is.Not.Empty);
        Assert.That(_arrows.IsAllowed(Options, Loop), Is.False);
    }

    [TestCase("Options/C.cs", "using VirtLock.Daemon.Upgrade.Document;\nnamespace VirtLock.Daemon.Options;\nclass C;", Document)]
    [TestCase("Admin/C.cs", "namespace VirtLock.Daemon.Admin;\nclass C { int F = (int)ExitCode.Failure; }", "ExitCode.Failure")]
    [TestCase("ExitCode.cs", "using VirtLock.Daemon.Options;\nnamespace VirtLock.Daemon;\nenum ExitCode;", Options)]
    public void Forbidden_arrow_is_seen_in_a_source(string file, string source, string to)
    {
        Assert.That(_arrows.ForbiddenIn(file, source), Is.EqualTo([$"{file} -> {to}"]));
    }

    [Test]
    public void Composition_may_point_everywhere_and_nobody_at_it()
    {
        Assert.That(_arrows.RoomOf(typeof(LockDaemon)), Is.EqualTo(Composition));
        Assert.That(_arrows.ForbiddenIn("LockDaemon.cs", $"using {Options};\nnamespace {Root};\nclass LockDaemon;"), Is.Empty);
        Assert.That(Table.Values.Where(arrows => arrows.Contains(Composition)), Is.Empty);
    }

    private static string RoomOf(string space, string type) =>
        space.Length == 0 || (space == Root && !Foundation.Contains(type)) ? Composition : space;
}
