namespace VirtLock.Daemon.Options;

/// <summary>
/// The configuration can't be used. The message is one line for the administrator and names file, line and key as far as they are known.
/// </summary>
internal sealed class ConfigurationException : Exception
{
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Something is wrong with a configuration file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="message">What is wrong, in one line that names the file.</param>
    public ConfigurationException(string path, string message)
        : base($"Can't load config file: {message}: {path}") => Path = path;

    /// <summary>The file; null when the mistake is in the environment.</summary>
    public string? Path { get; }

    /// <summary>The line of a mistake in the grammar, counted from 1.</summary>
    public int? Line { get; private init; }

    /// <summary>A file breaks the grammar.</summary>
    public static ConfigurationException OfSyntax(string path, int line, string expectation) =>
        new(path, $"configuration file syntax error: {path}:{line}: {expectation}") { Line = line };
}
