namespace VirtLock.Daemon.Options;

/// <summary>What the command line asked for, once every option has been accepted.</summary>
internal sealed record CommandLineOptions
{
    /// <summary><c>-d</c>: run detached, in the background.</summary>
    public bool Daemonize { get; init; }

    /// <summary><c>-v</c>: log from info upwards, unless the configuration already asks for more.</summary>
    public bool Verbose { get; init; }

    /// <summary><c>-f</c>: the configuration file, which must then exist; null for the default one, which need not.</summary>
    public string? ConfigFile { get; init; }

    /// <summary><c>-p</c>: the PID file; empty for none at all, null for the default one.</summary>
    public string? PidFile { get; init; }

    /// <summary><c>-t</c>: seconds without a client after which the daemon ends; zero and null both mean never.</summary>
    public uint? TimeoutSeconds { get; init; }

    /// <summary><c>--check-snapshot</c>: only say by exit code whether this executable could restore that snapshot file.</summary>
    public string? CheckSnapshot { get; init; }
}
