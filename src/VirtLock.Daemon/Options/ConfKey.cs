namespace VirtLock.Daemon.Options;

/// <summary>A key of virtlockd.conf: what its value may be, and what it sets.</summary>
/// <param name="Name">The key, whose case counts.</param>
/// <param name="Kind">The kind of value.</param>
/// <param name="Set">Sets the option to a value that has been checked.</param>
/// <param name="Maximum">The greatest value of an unsigned number.</param>
internal sealed record ConfKey(string Name, ConfValueKind Kind, Action<DaemonOptions, ConfValue> Set, ulong Maximum = uint.MaxValue)
{
    /// <summary>VirtLock's own: directories to open as lock spaces at start.</summary>
    public const string LockSpaces = "lockspaces";

    /// <summary>Every key that means something; all others are ignored, as libvirt ignores them.</summary>
    public static IReadOnlyList<ConfKey> All { get; } =
    [
        new("log_level", ConfValueKind.UnsignedNumber, static (options, value) => options.LogLevel = (uint)value.Number, Maximum: 4),
        new("log_filters", ConfValueKind.String, static (options, value) => options.LogFilters = value.Text),
        new("log_outputs", ConfValueKind.String, static (options, value) => options.LogOutputs = value.Text),
        new("max_clients", ConfValueKind.UnsignedNumber, static (options, value) => options.MaxClients = (uint)value.Number),
        new("admin_max_clients", ConfValueKind.UnsignedNumber, static (options, value) => options.AdminMaxClients = (uint)value.Number),
        new(
            LockSpaces,
            ConfValueKind.List,
            static (options, value) => options.LockSpaces = [.. value.Items.Select(static item => item.Text)]),

        // VirtLock's own: 1 lets an upgrade go to an executable without a preflight.
        new(
            "upgrade_unchecked",
            ConfValueKind.UnsignedNumber,
            static (options, value) => options.AllowsUncheckedUpgrade = value.Number > 0,
            Maximum: 1),

        // VirtLock's own, in seconds: 3 is libvirt's rule. A day is the most, as nobody means more.
        new(
            "fence_release_after",
            ConfValueKind.UnsignedNumber,
            static (options, value) => options.FenceReleaseAfterSeconds = (uint)value.Number,
            Maximum: 86_400),
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
