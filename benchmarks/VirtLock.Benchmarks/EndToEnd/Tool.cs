using System.ComponentModel;
using System.Diagnostics;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    /// <summary>What the program wrote to its standard output; fails when it fails.</summary>
    internal static string Run(string program, params IEnumerable<string> arguments) => Run([program, .. arguments]);

    /// <inheritdoc cref="Run(string, IEnumerable{string})"/>
    internal static string Run(IReadOnlyList<string> command)
    {
        using Process process = Start(command);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new BenchmarkFailedException($"{command[0]} ended with {process.ExitCode}: {errors.Result.Trim()}");
    }

    /// <summary>Starts a program whose input, output and errors are the caller's to use.</summary>
    internal static Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new BenchmarkFailedException($"{command[0]} cannot be started: {e.Message}");
        }
    }
}
