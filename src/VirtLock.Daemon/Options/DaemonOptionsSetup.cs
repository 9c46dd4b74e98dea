using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace VirtLock.Daemon.Options;

/// <summary>Binds configuration and command line to <see cref="DaemonOptions"/>, by hand: the reflecting binder does not survive ahead-of-time compilation.</summary>
internal sealed class DaemonOptionsSetup(IConfiguration configuration, CommandLineOptions commandLine) : IConfigureOptions<DaemonOptions>
{
    public void Configure(DaemonOptions options)
    {
        options.LogLevel = Number(DaemonConfKey.LogLevel) ?? options.LogLevel;
        options.LogFilters = configuration[DaemonConfKey.LogFilters] ?? options.LogFilters;
        options.LogOutputs = configuration[DaemonConfKey.LogOutputs] ?? options.LogOutputs;
        options.MaxClients = Number(DaemonConfKey.MaxClients) ?? options.MaxClients;
        options.AdminMaxClients = Number(DaemonConfKey.AdminMaxClients) ?? options.AdminMaxClients;
        options.LockSpaces = List(DaemonConfKey.LockSpaces);
        options.AllowsUncheckedUpgrade = Number(DaemonConfKey.UpgradeUnchecked) is > 0;
        options.IsVerbose = commandLine.Verbose;
        options.TimeoutSeconds = commandLine.TimeoutSeconds ?? options.TimeoutSeconds;
    }

    private uint? Number(string key) =>
        configuration[key] is { } text ? uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    private List<string> List(string key)
    {
        var items = new List<string>();
        while (configuration[ConfigurationPath.Combine(key, items.Count.ToString(CultureInfo.InvariantCulture))] is { } item)
        {
            items.Add(item);
        }

        return items;
    }
}
