using System.Globalization;

namespace VirtLock.Daemon.Options;

/// <summary>
/// Reads the command line as libvirt's daemon does: options act in order, and nothing is looked at after the first that ends the process.
/// </summary>
internal static class CommandLineParser
{
    /// <summary>The greatest number of seconds whose milliseconds fit libvirt's int.</summary>
    private const uint MaxTimeoutSeconds = int.MaxValue / 1000;

    /// <summary>Turns arguments into options, or into the reason to end.</summary>
    /// <param name="arguments">The arguments, without the program's own name.</param>
    /// <param name="program">The name for messages and the usage text.</param>
    /// <param name="isPrivileged">Whether the usage text shows the paths of the system or of a user's session.</param>
    public static CommandLineResult Parse(IReadOnlyList<string> arguments, string program, bool isPrivileged)
    {
        var options = new CommandLineOptions();
        var getopt = new Getopt(arguments, CommandLineOption.All);
        while (getopt.TryRead(out CommandLineOption? option, out string value))
        {
            switch (option.Letter)
            {
                case 'h':
                    return CommandLineResult.End(ExitCode.Success, ExitStream.StandardError, Usage());
                case 'V':
                    return CommandLineResult.End(
                        ExitCode.Success, ExitStream.StandardOutput, $"virtlockd (VirtLock) {ProductVersion.Text}\n");
                case 'v':
                    options = options with { Verbose = true };
                    break;
                case 'd':
                    options = options with { Daemonize = true };
                    break;
                case 'f':
                    options = options with { ConfigFile = value };
                    break;
                case 'p':
                    options = options with { PidFile = value };
                    break;
                case 't' when TryParseTimeout(value, out uint seconds):
                    options = options with { TimeoutSeconds = seconds };
                    break;
                case 't':
                    return CommandLineResult.End(
                        ExitCode.Failure,
                        ExitStream.Log,
                        $"Invalid value '{value}' for timeout: a number of seconds from 0 to {MaxTimeoutSeconds} is expected");
                case null:
                    // Only --check-snapshot has no letter.
                    options = options with { CheckSnapshot = value };
                    break;
            }
        }

        return getopt.Error is { } error
            ? CommandLineResult.End(ExitCode.Failure, ExitStream.StandardError, $"{program}: {error}\n{Usage()}")
            : CommandLineResult.Run(options);

        string Usage() => UsageText.Of(CommandLineOption.All, program, RuntimePaths.Describe(isPrivileged));
    }

    private static bool TryParseTimeout(string text, out uint seconds) =>
        uint.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out seconds) && seconds <= MaxTimeoutSeconds;
}
