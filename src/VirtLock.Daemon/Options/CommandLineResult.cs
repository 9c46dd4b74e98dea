using System.Diagnostics.CodeAnalysis;

namespace VirtLock.Daemon.Options;

/// <summary>Either options to run with or the reason to end at once.</summary>
internal readonly record struct CommandLineResult
{
    private CommandLineResult(CommandLineOptions? options, CommandLineExit? exit)
    {
        Options = options;
        Exit = exit;
    }

    /// <summary>The options; null when the process is to end.</summary>
    public CommandLineOptions? Options { get; }

    /// <summary>How to end; null when the process is to run.</summary>
    public CommandLineExit? Exit { get; }

    /// <summary>Tells the two apart in a way that the compiler understands.</summary>
    [MemberNotNullWhen(true, nameof(Exit))]
    [MemberNotNullWhen(false, nameof(Options))]
    public bool EndsProcess => Exit is not null;

    public static CommandLineResult Run(CommandLineOptions options) => new(options, null);

    public static CommandLineResult End(int code, ExitStream stream, string text) => new(null, new CommandLineExit(code, stream, text));
}
