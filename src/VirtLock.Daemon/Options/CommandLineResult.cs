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

    public static CommandLineResult End(ExitCode code, ExitStream stream, string text) =>
        new(null, new CommandLineExit((int)code, stream, text));
}

/// <summary>The command line ends the process at once: help, the version, or a mistake.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Stream">Where <paramref name="Text"/> belongs.</param>
/// <param name="Text">What to print; complete with line ends, except for <see cref="ExitStream.Log"/>.</param>
internal sealed record CommandLineExit(int Code, ExitStream Stream, string Text);

/// <summary>Where the last words of a process that ends at its command line go.</summary>
internal enum ExitStream
{
    StandardOutput,
    StandardError,

    /// <summary>One error line in log format, as every later start-up failure has it.</summary>
    Log,
}
