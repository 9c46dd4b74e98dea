namespace VirtLock.Daemon;

/// <summary>Where the daemon finds and puts its files unless told otherwise.</summary>
internal sealed record RuntimePaths
{
    /// <summary>True for the system's daemon (effective uid 0), false for the daemon of one user's session.</summary>
    public required bool IsPrivileged { get; init; }

    public required string ConfigFile { get; init; }

    public required string RunDirectory { get; init; }

    public required string LockSocket { get; init; }

    public required string AdminSocket { get; init; }

    public required string PidFile { get; init; }

    /// <summary>The snapshot that a restarting daemon leaves for its successor.</summary>
    public required string StateFile { get; init; }

    /// <summary>The log of a detached daemon on a host without journald.</summary>
    public required string LogFile { get; init; }

    /// <summary>Works out the paths.</summary>
    /// <param name="variable">Looks a variable of the environment up; empty values count as absent, as libvirt has it.</param>
    /// <param name="effectiveUserId">0 selects the system's paths, any other the user's.</param>
    /// <param name="homeOf">Asked for a user's home directory when $HOME does not name one.</param>
    /// <exception cref="StartFailedException">A user's daemon, and no home directory to be found.</exception>
    public static RuntimePaths Resolve(Func<string, string?> variable, uint effectiveUserId, Func<uint, string?> homeOf) =>
        effectiveUserId == 0 ? OfSystem() : OfSession(variable, () => homeOf(effectiveUserId));

    /// <summary>The paths for people to read: a user's are told with the variables that they depend on.</summary>
    public static RuntimePaths Describe(bool isPrivileged) =>
        isPrivileged ? OfSystem() : OfSession(static name => "$" + name, static () => null);

    private static RuntimePaths OfSystem() => new()
    {
        IsPrivileged = true,
        ConfigFile = "/etc/libvirt/virtlockd.conf",
        RunDirectory = "/run/libvirt",
        LockSocket = "/run/libvirt/virtlockd-sock",
        AdminSocket = "/run/libvirt/virtlockd-admin-sock",
        PidFile = "/run/virtlockd.pid",
        StateFile = "/run/virtlockd-restart-exec.json",
        LogFile = "/var/log/libvirt/virtlockd.log",
    };

    private static RuntimePaths OfSession(Func<string, string?> variable, Func<string?> homeFromDatabase)
    {
        string config = XdgDirectory(variable, "XDG_CONFIG_HOME", ".config", homeFromDatabase);
        string cache = XdgDirectory(variable, "XDG_CACHE_HOME", ".cache", homeFromDatabase);
        string runDirectory = (variable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? runtime : cache) + "/libvirt";
        return new RuntimePaths
        {
            IsPrivileged = false,
            ConfigFile = config + "/libvirt/virtlockd.conf",
            RunDirectory = runDirectory,
            LockSocket = runDirectory + "/virtlockd-sock",
            AdminSocket = runDirectory + "/virtlockd-admin-sock",
            PidFile = runDirectory + "/virtlockd.pid",
            StateFile = runDirectory + "/virtlockd-restart-exec.json",
            LogFile = cache + "/libvirt/virtlockd.log",
        };
    }

    private static string XdgDirectory(Func<string, string?> variable, string name, string underHome, Func<string?> homeFromDatabase)
    {
        if (variable(name) is { Length: > 0 } directory)
        {
            return directory;
        }

        string? home = variable("HOME") is { Length: > 0 } set ? set : homeFromDatabase();
        return string.IsNullOrEmpty(home)
            ? throw new StartFailedException(
                ExitCode.Failure, $"Neither {name} nor HOME is set, and the user database names no home directory")
            : home + "/" + underHome;
    }
}
