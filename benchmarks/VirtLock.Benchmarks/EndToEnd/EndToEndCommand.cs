using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VirtLock.Benchmarks.EndToEnd.Reports;
using VirtLock.Benchmarks.EndToEnd.Scenarios;
using VirtLock.Benchmarks.Upgrade;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>The commands <c>end-to-end</c> and <c>upgrade</c>.</summary>
internal static class EndToEndCommand
{
    private static readonly RunOptions Full =
        new(Rounds: 9, Duration: TimeSpan.FromSeconds(0.7), WarmUp: TimeSpan.FromSeconds(0.2), Samples: 7);

    private static readonly RunOptions Brief =
        new(Rounds: 3, Duration: TimeSpan.FromSeconds(0.3), WarmUp: TimeSpan.FromSeconds(0.1), Samples: 3);

    private static readonly RunOptions Upgrades = Full with { Rounds = 3, Samples = 5 };

    internal static Command CreateEndToEnd()
    {
        Option<bool> quick = new("--quick") { Description = "Shorter and fewer measurements: about a minute." };
        Option<int?> rounds = RoundsOption();
        Option<string[]> only = new("--only")
        {
            Description = "Only scenarios with this word in their title; may be repeated.",
            HelpName = "WORD",
        };
        Option<bool> docs = new("--docs")
        {
            Description = "Run everything, upgrades too, and write docs/performance.md with its charts and data.",
        };
        var command = new Command("end-to-end", "libvirt's daemon, VirtLock and the floor, side by side under the same load.")
        {
            quick, rounds, only, docs,
        };
        command.SetAction(result =>
        {
            Machine machine = Machine.Describe();
            RunOptions options = result.GetValue(quick) ? Brief : Full;
            options = options with { Rounds = result.GetValue(rounds) ?? options.Rounds };
            string[] words = result.GetValue(only) ?? [];
            if (!result.GetValue(docs))
            {
                Run("end-to-end", machine, options, SideBySide.AtWork, words);
                return;
            }

            if (words.Length > 0)
            {
                throw new BenchmarkFailedException("--docs needs all scenarios: leave --only out.");
            }

            Results results = Run("end-to-end", machine, options, SideBySide.AtWork, words);
            PerformancePage.Write(machine, options, results, Run("upgrade", machine, Upgrades, SideBySide.Upgrades, words));
        });
        return command;
    }

    internal static Command CreateUpgrade()
    {
        Option<int?> rounds = RoundsOption();
        var command = new Command("upgrade", "What busy clients notice when libvirt's daemon or VirtLock replaces itself.") { rounds };
        command.SetAction(result =>
        {
            RunOptions options = Upgrades with { Rounds = result.GetValue(rounds) ?? Upgrades.Rounds };
            Console.WriteLine(PauseTable.Format(Run("upgrade", Machine.Describe(), options, SideBySide.Upgrades, [])));
        });
        return command;
    }

    private static Option<int?> RoundsOption() => new("--rounds") { Description = "How often each daemon has its turn." };

    private static Results Run(string name, Machine machine, RunOptions options, IReadOnlyList<Scenario> scenarios, string[] only)
    {
        if (Environment.UserName != "root")
        {
            throw new BenchmarkFailedException("Only root can give each daemon a /run of its own.");
        }

        long begin = Stopwatch.GetTimestamp();
        Console.Error.WriteLine(machine);
        Results results = new SideBySide(options, Console.Error).Run(scenarios, only);

        Console.WriteLine(ResultTable.Figures(results));
        if (Goal.All.Any(goal => goal.CanBeMeasured(results)))
        {
            Console.WriteLine(ResultTable.Goals(results));
        }

        string file = Path.Combine(Places.Artifacts, $"{name}.json");
        ResultFile.Write(file, machine, options, results);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s; every value is in {file}"));
        return results;
    }
}
