using System.Globalization;
using VirtLock.Benchmarks.EndToEnd.Scenarios;
using VirtLock.Benchmarks.Upgrade;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>Puts every target through every scenario in turns, and tells how it goes.</summary>
internal sealed class SideBySide(RunOptions options, TextWriter progress)
{
    /// <summary>What clients notice of a daemon at work.</summary>
    internal static IReadOnlyList<Scenario> AtWork { get; } =
    [
        new PingPong(1),
        new PingPong(16),
        new PingPong(256),
        new PingPong(1_000),
        new PingPong(16, depth: 3),
        new PingPong(16, isContended: true),
        new Churn(),
        new Pipeliner(),
        new OwnerDeath(100),
        new OwnerDeath(15_000),
        new Memory(),
        new StartUp(),
    ];

    /// <summary>What they notice of one that replaces itself.</summary>
    internal static IReadOnlyList<Scenario> Upgrades { get; } =
    [
        new Upgrading(0), new Upgrading(1_000), new Upgrading(10_000), .. Pause.All,
    ];

    /// <param name="scenarios">What to run.</param>
    /// <param name="only">Runs only scenarios whose titles contain one of these words; all when empty.</param>
    internal Results Run(IReadOnlyList<Scenario> scenarios, IReadOnlyCollection<string> only)
    {
        NativeTools tools = NativeTools.Compile();
        Target[] targets =
        [
            new Target(Target.LibvirtName, [LibvirtDaemon()]),
            new Target(Target.VirtLockName, [Places.Daemon]),
            new Target(Target.FloorName, [tools.Floor, Target.SocketPath]),
        ];
        Scenario[] chosen =
        [
            .. scenarios.Where(scenario =>
                only.Count == 0 || only.Any(word => scenario.Title.Contains(word, StringComparison.OrdinalIgnoreCase))),
        ];
        if (chosen.Length == 0)
        {
            string titles = string.Join(", ", scenarios.Select(scenario => $"\"{scenario.Title}\""));
            throw new BenchmarkFailedException($"No scenario has these words: {titles}.");
        }

        var results = new Results();
        using var stage = new Stage(tools, targets, options);
        for (int round = 0; round < options.Rounds; round++)
        {
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {options.Rounds}"));
            foreach (Scenario scenario in chosen)
            {
                // Whoever goes first in one round goes last in the next.
                Target[] turns = [.. targets.Where(scenario.AppliesTo)];
                if (round % 2 == 1)
                {
                    Array.Reverse(turns);
                }

                Measure(stage, scenario, turns, results);
            }
        }

        return results;
    }

    private static string LibvirtDaemon()
    {
        const string Path = "/usr/sbin/virtlockd";
        return File.Exists(Path) ? Path : throw new BenchmarkFailedException($"{Path} is missing: install libvirt-daemon-system.");
    }

    private void Measure(Stage stage, Scenario scenario, Target[] turns, Results results)
    {
        progress.Write($"  {scenario.Title,-36}");
        foreach (Target target in turns)
        {
            IReadOnlyList<double> values = scenario.Measure(stage, target);
            foreach ((Figure figure, double value) in scenario.Figures.Zip(values))
            {
                results.Add(figure, target, value);
            }

            progress.Write(string.Create(CultureInfo.InvariantCulture, $"  {target.Name} {values[0]:N0}"));
            progress.Flush();
        }

        progress.WriteLine($"  {scenario.Figures[0].Unit}");
    }
}
