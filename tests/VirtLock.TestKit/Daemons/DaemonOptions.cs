namespace VirtLock.TestKit.Daemons;

/// <summary>How a daemon is to be started.</summary>
internal sealed record DaemonOptions
{
    /// <summary>The text of its configuration file; without it the daemon gets none.</summary>
    public string? Configuration { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Shell lines that prepare more of the mount namespace.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    /// <summary>Another executable than the kind's usual one.</summary>
    public string? Executable { get; init; }

    /// <summary>Whether it runs as an ordinary user, though the test runs as root.</summary>
    public bool IsOrdinaryUser { get; init; }

    /// <summary>RLIMIT_NOFILE, soft and hard.</summary>
    public int? OpenFileLimit { get; init; }
}
