using System.Globalization;

namespace VirtLock.Daemon.Tests.Fuzzing;

/// <summary>
/// Whatever comes in is read or refused: no other exception, no hang, no memory beyond measure. Some thousands of inputs for each parser,
/// always the same; VIRTLOCK_FUZZ in the environment makes it so many for all together, new ones unless VIRTLOCK_FUZZ_SEED is set too.
/// </summary>
[TestFixture]
internal sealed class FuzzTests
{
    private const int UsualCount = 3000;

    private static readonly int? AskedCount = Number("VIRTLOCK_FUZZ");

    private static readonly int Seed = Number("VIRTLOCK_FUZZ_SEED") ?? (AskedCount is null ? 1 : Random.Shared.Next());

    [TestCaseSource(typeof(FuzzTargets), nameof(FuzzTargets.All))]
    public void Whatever_comes_in_is_read_or_refused(FuzzTarget target)
    {
        int parsers = FuzzTargets.All.Count;
        int count = AskedCount is { } asked ? (int)(((long)asked + parsers - 1) / parsers) : UsualCount;

        // Before the run: what overflows the stack leaves no other trace.
        TestContext.Progress.WriteLine($"{target.Name}: {count} inputs, seed {Seed}");
        new FuzzRun(target, Seed, count).Run();
    }

    [TestCaseSource(typeof(FuzzTargets), nameof(FuzzTargets.All))]
    public void What_the_inputs_are_made_of_is_read(FuzzTarget target)
    {
        Assert.That(target.Corpus, Is.Not.Empty);
        foreach (byte[] entry in target.Corpus)
        {
            Assert.That(() => target.Parse(entry), Throws.Nothing);
        }
    }

    [Test]
    public void Exception_that_is_not_documented_fails_with_seed_and_input()
    {
        Assert.That(Failure(_ => throw new ArithmeticException()), Does.Contain(nameof(ArithmeticException)));
    }

    [Test]
    public void Input_that_hangs_fails_with_seed_and_input()
    {
        Assert.That(Failure(_ => Thread.Sleep(Timeout.Infinite)), Does.Contain("takes longer"));
    }

    [Test]
    public void Input_that_makes_much_be_allocated_fails_with_seed_and_input()
    {
        Assert.That(Failure(_ => _ = new byte[64 * 1024 * 1024]), Does.Contain("be allocated"));
    }

    private static string Failure(Action<byte[]> parse)
    {
        var target = new FuzzTarget("trap", [[1, 2, 3]], parse);
        var run = new FuzzRun(target, seed: 5, count: 1) { Longest = TimeSpan.FromSeconds(1) };

        string failure = Assert.Throws<AssertionException>(run.Run).Message;
        Assert.That(failure, Does.Contain("seed 5").And.Contain(Convert.ToBase64String(new Mutator(target.Corpus, seed: 5).Next())));
        return failure;
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
