using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VirtLock.Benchmarks.EndToEnd.Reports;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>The command <c>end-to-end</c>.</summary>
internal static class EndToEndCommand
{
    private static readonly RunOptions Full =
        new(Rounds: 5, Duration: TimeSpan.FromSeconds(1), WarmUp: TimeSpan.FromSeconds(0.2), Samples: 11);

    private static readonly RunOptions Brief =
        new(Rounds: 3, Duration: TimeSpan.FromSeconds(0.3), WarmUp: TimeSpan.FromSeconds(0.1), Samples: 3);

    internal static Command Create()
    {
        Option<bool> quick = new("--quick") { Description = "Shorter and fewer measurements: about a minute." };
        Option<int?> rounds = new("--rounds") { Description = "How often each daemon has its turn." };
        Option<string[]> only = new("--only") { Description = "Only scenarios with this word in their title; may be repeated.", HelpName = "WORD" };
        Option<bool> docs = new("--docs") { Description = "Write docs/performance.md with its charts and data; needs all scenarios." };
        var command = new Command("end-to-end", "libvirt's daemon, VirtLock and the floor, side by side under the same load.") { quick, rounds, only, docs };
        command.SetAction(result =>
        {
            RunOptions options = result.GetValue(quick) ? Brief : Full;
            Run(options with { Rounds = result.GetValue(rounds) ?? options.Rounds }, result.GetValue(only) ?? [], result.GetValue(docs));
        });
        return command;
    }

    private static void Run(RunOptions options, string[] only, bool writeDocs)
    {
        if (writeDocs && only.Length > 0)
        {
            throw new BenchmarkFailedException("--docs needs all scenarios: leave --only out.");
        }

        if (Environment.UserName != "root")
        {
            throw new BenchmarkFailedException("Only root can give each daemon a /run of its own.");
        }

        long begin = Stopwatch.GetTimestamp();
        Machine machine = Machine.Describe();
        Console.Error.WriteLine(machine);
        Results results = new SideBySide(options, Console.Error).Run(only);

        Console.WriteLine(ResultTable.Figures(results));
        Console.WriteLine(ResultTable.Goals(results));
        string file = Path.Combine(Repository.Artifacts, "end-to-end.json");
        ResultFile.Write(file, machine, options, results);
        if (writeDocs)
        {
            PerformancePage.Write(machine, options, results);
        }

        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s; every value is in {file}{(writeDocs ? "; docs/performance.md is written" : "")}"));
    }
}
