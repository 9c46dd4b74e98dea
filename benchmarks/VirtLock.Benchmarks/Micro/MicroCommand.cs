using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using VirtLock.Benchmarks.EndToEnd;

namespace VirtLock.Benchmarks.Micro;

/// <summary>The command <c>micro</c>.</summary>
internal static class MicroCommand
{
    internal static Command Create()
    {
        Option<bool> quick = new("--quick") { Description = "Few iterations: enough to see an order of magnitude." };
        Argument<string[]> rest = new("ARGUMENT")
        {
            Description = "What BenchmarkDotNet takes, such as --filter '*Codec*'; everything when empty.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("micro", "The parts of the library, in process, with BenchmarkDotNet.") { quick, rest };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(result =>
        {
            string[] arguments = [.. result.GetValue(rest) ?? [], .. result.UnmatchedTokens];
            Run(result.GetValue(quick), arguments.Length == 0 ? ["--filter", "*"] : arguments);
        });
        return command;
    }

    private static void Run(bool quick, string[] arguments)
    {
        // In this process: the project that BenchmarkDotNet would generate cannot see what is internal to the library.
        Job job = (quick ? Job.ShortRun : Job.MediumRun).WithToolchain(InProcessEmitToolchain.Instance);
        IConfig config = DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine(Places.Artifacts, "micro"));
        BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(arguments, config);
    }
}
