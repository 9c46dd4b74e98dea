using System.CommandLine;

namespace VirtLock.Daemon.Options;

/// <summary>Reads the command line as libvirt's daemon does.</summary>
internal static class CommandLineParser
{
    private const int Failure = 1;

    /// <summary>Turns arguments into options, or into the reason to end.</summary>
    /// <param name="arguments">The arguments, without the program's own name.</param>
    /// <param name="program">The name for messages and the usage text.</param>
    /// <param name="isPrivileged">Whether the usage text shows the paths of the system or of a user's session.</param>
    public static CommandLineResult Parse(IReadOnlyList<string> arguments, string program, bool isPrivileged)
    {
        var table = new OptionTable();
        GetoptExpansion expansion = GetoptExpansion.Of(
            arguments, table.Options, option => option == table.Help || option == table.Version);
        ParseResult parsed = table.Parse(expansion.Tokens);

        // Options act in order, and the expansion ends at the first mistake: a bad value stands before whatever ended it.
        if (parsed.Errors.Count > 0)
        {
            return CommandLineResult.End(Failure, ExitStream.Log, parsed.Errors[0].Message);
        }

        if (expansion.Error is { } error)
        {
            string usage = UsageText.Of(table, program, RuntimePaths.Describe(isPrivileged));
            return CommandLineResult.End(Failure, ExitStream.StandardError, $"{program}: {error}\n{usage}");
        }

        if (parsed.GetValue(table.Help))
        {
            return CommandLineResult.End(0, ExitStream.StandardError, UsageText.Of(table, program, RuntimePaths.Describe(isPrivileged)));
        }

        return parsed.GetValue(table.Version)
            ? CommandLineResult.End(0, ExitStream.StandardOutput, $"virtlockd (VirtLock) {ProductVersion.Text}\n")
            : CommandLineResult.Run(new CommandLineOptions
            {
                Daemonize = parsed.GetValue(table.Daemon),
                Verbose = parsed.GetValue(table.Verbose),
                ConfigFile = parsed.GetValue(table.Config),
                PidFile = parsed.GetValue(table.PidFile),
                TimeoutSeconds = parsed.GetValue(table.Timeout),
                CheckSnapshot = parsed.GetValue(table.CheckSnapshot),
            });
    }
}
