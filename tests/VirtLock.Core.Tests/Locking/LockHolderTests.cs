using System.Diagnostics;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.Locking;

/// <summary>
/// Holders as text: written for people, and read back out of a daemon's refusal, in which names are whatever guests and clients chose.
/// </summary>
[TestFixture]
internal sealed class LockHolderTests
{
    private const string Start = "resource busy: Lockspace resource '/disk' is locked: held by ";

    private static readonly DateTimeOffset Since = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Holders() =>
    [
        Case("'web' (pid 7) since 2026-01-02 03:04:05Z", Owner("web")),
        Case("'web' (pid 7) since 2026-01-02 03:04:05Z and 2 more", Owner("web", 2)),
        Case("pid 7 since 2026-01-02 03:04:05Z", Owner("")),
        Case("pid 7 since 2026-01-02 03:04:05Z and 1 more", Owner("", 1)),
        Case("process 1234 (qemu-system-x86)", Process("qemu-system-x86")),
        Case("process 1234", Process("")),
        Case("process 1234 (a) (b)", Process("a) (b")),
        Case("'it's' (pid 9) since 2026-01-02 03:04:05Z' (pid 7) since 2026-01-02 03:04:05Z",
            Owner("it's' (pid 9) since 2026-01-02 03:04:05Z")),
        Case("'is locked: held by pid 9' (pid 7) since 2026-01-02 03:04:05Z", Owner("is locked: held by pid 9")),
        Case("'a\nb' (pid 7) since 2026-01-02 03:04:05Z", Owner("a\nb")),
    ];

    [TestCaseSource(nameof(Holders))]
    public void Holder_is_written(string text, LockHolder holder)
    {
        Assert.That(holder.ToString(), Is.EqualTo(text));
    }

    [TestCaseSource(nameof(Holders))]
    public void Holder_is_read_back(string text, LockHolder holder)
    {
        Assert.That(LockHolder.OfMessage(Start + text), Is.EqualTo(holder));
    }

    [Test]
    public void Holder_is_read_whatever_name_it_has_for_the_file()
    {
        Assert.That(
            LockHolder.OfMessage($"{Start}'web' (pid 7) since 2026-01-02 03:04:05Z and 2 more as '/al'ias'"), Is.EqualTo(Owner("web", 2)));
        Assert.That(LockHolder.OfMessage($"{Start}pid 7 since 2026-01-02 03:04:05Z as ''"), Is.EqualTo(Owner("")));
    }

    [Test]
    public void Holder_is_read_behind_a_resource_that_is_called_like_a_refusal()
    {
        Assert.That(
            LockHolder.OfMessage(
                "Lockspace resource '/a is locked: held by pid 1/b' is locked: held by 'web' (pid 7) since 2026-01-02 03:04:05Z"),
            Is.EqualTo(Owner("web")));
    }

    [TestCase("")]
    [TestCase("resource busy: Lockspace resource '/disk' is locked")]
    [TestCase(Start)]
    [TestCase(Start + "'web")]
    [TestCase(Start + "'web' (pid )")]
    [TestCase(Start + "'web' (pid 4294967296)")]
    [TestCase(Start + "'web' (pid 42949672950)")]
    [TestCase(Start + "'web' (pid 7) since yesterday")]
    [TestCase(Start + "'web' (pid 7) since 2026-13-02 03:04:05Z")]
    [TestCase(Start + "'web' (pid 7) and many more")]
    [TestCase(Start + "'web' (pid 7) as '")]
    [TestCase(Start + "pid -7")]
    [TestCase(Start + "pid 7 as if")]
    [TestCase(Start + "process 7 (")]
    [TestCase(Start + "process 7 or another")]
    [TestCase(Start + "' (pid 7")]
    [TestCase("Lockspace resource '/disk' is locked: not held by any process on this host")]
    public void Anything_else_is_nobody_known(string message)
    {
        Assert.That(LockHolder.OfMessage(message), Is.EqualTo(LockHolder.Unknown));
    }

    [TestCase("' (pid 7) since 2026-01-02 03:04:05Z and 1 more as '")]
    [TestCase("' (pid 7")]
    [TestCase("is locked: held by '")]
    [TestCase("is locked: held by pid 7 since ")]
    [TestCase("is locked: held by process 7 (")]
    [TestCase("' (pid 1111111111")]
    [TestCase("'")]
    [TestCase("1")]
    public void Long_and_hostile_names_cost_no_more_than_their_length(string part)
    {
        string name = string.Concat(Enumerable.Repeat(part, 60_000 / part.Length));
        string[] messages =
        [
            $"{Start}'{name}",
            $"{Start}'{name}' (pid 7) since 2026-01-02 03:04:05Z",
            $"{Start}'{name}' (pid 7) since 2026-01-02 03:04:05Z as '{name}",
            $"{Start}pid {name}",
            $"Lockspace resource '{name}' is locked",
        ];
        _ = LockHolder.OfMessage(Start);

        long start = Stopwatch.GetTimestamp();
        foreach (string message in messages)
        {
            LockHolder.OfMessage(message);
        }

        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromMilliseconds(200)));
    }

    [Test]
    public void Long_name_is_read_back()
    {
        string name = string.Concat(Enumerable.Repeat("' (pid 7", 7_500));

        Assert.That(LockHolder.OfMessage($"{Start}'{name}' (pid 7) since 2026-01-02 03:04:05Z"), Is.EqualTo(Owner(name)));
    }

    private static TestCaseData Case(string text, LockHolder holder) =>
        new TestCaseData(text, holder).SetArgDisplayNames(text.ReplaceLineEndings("."));

    private static LockHolder Owner(string name, int others = 0) => new(new ProcessId(7), name, Since, others);

    private static LockHolder Process(string command) => LockHolder.OfProcess(1234, command);
}
