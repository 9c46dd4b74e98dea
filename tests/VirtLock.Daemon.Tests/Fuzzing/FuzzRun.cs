using System.Diagnostics;

namespace VirtLock.Daemon.Tests.Fuzzing;

/// <summary>
/// Mutated inputs for one parser, on a thread of its own, so that one that hangs can be named. What fails comes with the seed and the
/// input.
/// </summary>
internal sealed class FuzzRun(FuzzTarget target, int seed, int count)
{
    private const long MostAllocated = 16 * 1024 * 1024;
    private const long MostKept = 16 * 1024 * 1024;

    private volatile Attempt? _attempt;
    private volatile string? _failure;

    /// <summary>How long one input may take: far longer than any does, for a machine that has more to do.</summary>
    internal TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(10);

    internal void Run()
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var parsing = new Thread(ParseAll) { IsBackground = true, Name = $"fuzzing {target.Name}" };
        parsing.Start();
        while (!parsing.Join(TimeSpan.FromMilliseconds(100)))
        {
            if (_attempt is { } attempt && Stopwatch.GetElapsedTime(attempt.Started) > Longest)
            {
                Assert.Fail(Describe($"an input takes longer than {Longest}", attempt.Input));
            }
        }

        Assert.That(_failure, Is.Null);
        _attempt = null;
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(kept, Is.LessThan(MostKept), $"bytes kept after {count} inputs for {target.Name}, seed {seed}");
    }

    private void ParseAll()
    {
        var mutator = new Mutator(target.Corpus, seed);
        for (int number = 0; number < count && _failure is null; number++)
        {
            byte[] input = mutator.Next();
            _attempt = new Attempt(input, Stopwatch.GetTimestamp());
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                target.Parse(input);
            }
            catch (Exception refusal) when (refusal.GetType() == target.Refusal)
            {
                // As documented.
            }
            catch (Exception e)
            {
                _failure = Describe(e.ToString(), input);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > MostAllocated)
            {
                _failure ??= Describe($"an input makes {allocated} bytes be allocated", input);
            }
        }
    }

    private string Describe(string failure, byte[] input) =>
        $"{target.Name}, seed {seed}: {failure}\nThe input in Base64: {Convert.ToBase64String(input)}";

    private sealed record Attempt(byte[] Input, long Started);
}
