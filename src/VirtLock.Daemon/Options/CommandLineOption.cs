namespace VirtLock.Daemon.Options;

/// <summary>
/// An option of the command line, as getopt and the usage text need to know it; what it sets is <see cref="CommandLineParser"/>'s.
/// </summary>
/// <param name="Letter">The short name; null for none.</param>
/// <param name="Name">The long name with its dashes.</param>
/// <param name="ValueName">What the usage text calls the value; null when there is none.</param>
/// <param name="Description">The usage text's line. Null for an option that is not for people: it has to be named in full.</param>
internal sealed record CommandLineOption(char? Letter, string Name, string? ValueName, string? Description)
{
    /// <summary>Every option, in the order of the usage text.</summary>
    public static IReadOnlyList<CommandLineOption> All { get; } =
    [
        new('h', "--help", null, "Display program help."),
        new('v', "--verbose", null, "Verbose messages."),
        new('d', "--daemon", null, "Run as a daemon & write PID file."),
        new('t', "--timeout", "secs", "Exit after timeout period."),
        new('f', "--config", "file", "Configuration file."),
        new('V', "--version", null, "Display version information."),
        new('p', "--pid-file", "file", "Change name of PID file."),

        // What an upgrade's preflight asks of the new executable.
        new(null, "--check-snapshot", "file", null),
    ];

    public bool TakesValue => ValueName is not null;

    public bool IsHidden => Description is null;
}
