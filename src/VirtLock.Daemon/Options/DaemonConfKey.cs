namespace VirtLock.Daemon.Options;

/// <summary>A key of virtlockd.conf and what its value may be.</summary>
/// <param name="Name">The key, whose case counts.</param>
/// <param name="Kind">The kind of value.</param>
/// <param name="Maximum">The greatest value of an unsigned number.</param>
internal sealed record DaemonConfKey(string Name, ConfValueKind Kind, ulong Maximum = uint.MaxValue)
{
    public const string LogLevel = "log_level";
    public const string LogFilters = "log_filters";
    public const string LogOutputs = "log_outputs";
    public const string MaxClients = "max_clients";
    public const string AdminMaxClients = "admin_max_clients";

    /// <summary>VirtLock's own: directories to open as lock spaces at start.</summary>
    public const string LockSpaces = "lockspaces";

    /// <summary>VirtLock's own: 1 lets an upgrade go to an executable without a preflight.</summary>
    public const string UpgradeUnchecked = "upgrade_unchecked";

    /// <summary>Every key that means something; all others are ignored, as libvirt ignores them.</summary>
    public static IReadOnlyList<DaemonConfKey> All { get; } =
    [
        new(LogLevel, ConfValueKind.UnsignedNumber, Maximum: 4),
        new(LogFilters, ConfValueKind.String),
        new(LogOutputs, ConfValueKind.String),
        new(MaxClients, ConfValueKind.UnsignedNumber),
        new(AdminMaxClients, ConfValueKind.UnsignedNumber),
        new(LockSpaces, ConfValueKind.List),
        new(UpgradeUnchecked, ConfValueKind.UnsignedNumber, Maximum: 1),
    ];

    /// <summary>Makes sure that a value suits the key.</summary>
    /// <exception cref="ConfigurationException">It does not.</exception>
    public void Check(ConfValue value, string path)
    {
        if (value.Kind != Kind)
        {
            throw Mismatch(path, Kind switch
            {
                ConfValueKind.UnsignedNumber => "an unsigned integer",
                ConfValueKind.List => "a list of strings",
                _ => "a string",
            });
        }

        if (value.Number > Maximum)
        {
            throw new ConfigurationException(path, $"{path}: value for '{Name}' parameter must be in range 0:{Maximum}");
        }

        if (!value.IsText)
        {
            throw Mismatch(path, "UTF-8 text");
        }

        foreach (ConfValue item in value.Items)
        {
            if (item.Kind != ConfValueKind.String || !item.IsText)
            {
                throw Mismatch(path, "a list of UTF-8 strings");
            }
        }
    }

    private ConfigurationException Mismatch(string path, string wanted) =>
        new(path, $"{path}: expected {wanted} for '{Name}' parameter");
}
