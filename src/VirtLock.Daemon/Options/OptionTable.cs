using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace VirtLock.Daemon.Options;

/// <summary>
/// The options, defined once: the parser, the expansion of getopt's spellings and the usage text all read names, arguments and descriptions from here.
/// </summary>
internal sealed class OptionTable
{
    /// <summary>The greatest number of seconds whose milliseconds fit libvirt's int.</summary>
    public const uint MaxTimeoutSeconds = int.MaxValue / 1000;

    private static readonly ParserConfiguration GetoptHasBundledAndSplit = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    private readonly RootCommand _command = new() { TreatUnmatchedTokensAsErrors = true };

    public OptionTable()
    {
        _command.Options.Clear();
        _command.Directives.Clear();
        foreach (Option option in (ReadOnlySpan<Option>)[Help, Verbose, Daemon, Timeout, Config, Version, PidFile, CheckSnapshot])
        {
            _command.Options.Add(option);
        }
    }

    public Option<bool> Help { get; } = Flag("--help", "-h", "Display program help.");

    public Option<bool> Verbose { get; } = Flag("--verbose", "-v", "Verbose messages.");

    public Option<bool> Daemon { get; } = Flag("--daemon", "-d", "Run as a daemon & write PID file.");

    public Option<uint?> Timeout { get; } = new("--timeout", "-t")
    {
        HelpName = "secs",
        Description = "Exit after timeout period.",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseTimeout,
    };

    public Option<string?> Config { get; } = Value("--config", "-f", "file", "Configuration file.");

    public Option<bool> Version { get; } = Flag("--version", "-V", "Display version information.");

    public Option<string?> PidFile { get; } = Value("--pid-file", "-p", "file", "Change name of PID file.");

    /// <summary>What an upgrade's preflight asks of the new executable. Nothing for people, and no prefix of it is an option.</summary>
    public Option<string?> CheckSnapshot { get; } = new("--check-snapshot")
    {
        HelpName = "file",
        Hidden = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = LastValue,
    };

    /// <summary>Every option, in the order of the usage text.</summary>
    public IList<Option> Options => _command.Options;

    /// <summary>Reads canonical tokens: long names, each value in the token of its name, or after it when it is empty.</summary>
    public ParseResult Parse(IReadOnlyList<string> canonicalTokens) => _command.Parse(canonicalTokens, GetoptHasBundledAndSplit);

    public static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0;

    private static Option<bool> Flag(string name, string letter, string description) =>
        new(name, letter) { Description = description, Arity = ArgumentArity.Zero };

    private static Option<string?> Value(string name, string letter, string valueName, string description) => new(name, letter)
    {
        HelpName = valueName,
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = LastValue,
    };

    /// <summary>An option that is repeated acts each time; what it set last stays.</summary>
    private static string? LastValue(ArgumentResult result) => result.Tokens[^1].Value;

    private static uint? ParseTimeout(ArgumentResult result)
    {
        uint? seconds = null;
        foreach (Token token in result.Tokens)
        {
            if (!uint.TryParse(token.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out uint value) || value > MaxTimeoutSeconds)
            {
                result.AddError($"Invalid value '{token.Value}' for timeout: a number of seconds from 0 to {MaxTimeoutSeconds} is expected");
                return null;
            }

            seconds = value;
        }

        return seconds;
    }
}
