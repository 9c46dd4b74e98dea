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
    /// <param name="environment">The environment; empty values count as absent, as libvirt has it.</param>
    /// <param name="effectiveUserId">0 selects the system's paths, any other the user's.</param>
    /// <param name="homeFromPasswd">Asked for the home directory when $HOME does not name one.</param>
    /// <exception cref="InvalidOperationException">A user's daemon, and no home directory to be found.</exception>
    public static RuntimePaths Resolve(
        IReadOnlyDictionary<string, string> environment, uint effectiveUserId, Func<string?> homeFromPasswd) =>
        effectiveUserId == 0 ? OfSystem() : OfSession(environment, homeFromPasswd);

    /// <summary>The paths for people to read: a user's are told with the variables that they depend on.</summary>
    public static RuntimePaths Describe(bool isPrivileged) => isPrivileged
        ? OfSystem()
        : OfSession(
            new Dictionary<string, string>
            {
                ["XDG_CONFIG_HOME"] = "$XDG_CONFIG_HOME",
                ["XDG_CACHE_HOME"] = "$XDG_CACHE_HOME",
                ["XDG_RUNTIME_DIR"] = "$XDG_RUNTIME_DIR",
            },
            static () => null);

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

    private static RuntimePaths OfSession(IReadOnlyDictionary<string, string> environment, Func<string?> homeFromPasswd)
    {
        string config = XdgDirectory(environment, "XDG_CONFIG_HOME", ".config", homeFromPasswd);
        string cache = XdgDirectory(environment, "XDG_CACHE_HOME", ".cache", homeFromPasswd);
        string? runtime = environment.GetValueOrDefault("XDG_RUNTIME_DIR");
        string runDirectory = string.IsNullOrEmpty(runtime) ? cache + "/libvirt" : runtime + "/libvirt";
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

    private static string XdgDirectory(
        IReadOnlyDictionary<string, string> environment, string variable, string underHome, Func<string?> homeFromPasswd)
    {
        if (environment.GetValueOrDefault(variable) is { Length: > 0 } directory)
        {
            return directory;
        }

        string? home = environment.GetValueOrDefault("HOME");
        if (string.IsNullOrEmpty(home))
        {
            home = homeFromPasswd();
        }

        return string.IsNullOrEmpty(home)
            ? throw new InvalidOperationException($"Neither {variable} nor HOME is set, and the user database names no home directory")
            : home + "/" + underHome;
    }
}
