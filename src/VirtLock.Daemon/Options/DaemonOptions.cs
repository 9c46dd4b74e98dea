using Microsoft.Extensions.Options;

namespace VirtLock.Daemon.Options;

/// <summary>What the configuration file, the environment and the command line decide together.</summary>
internal sealed record DaemonOptions
{
    /// <summary>libvirt's limit for the lock server when the file sets none.</summary>
    public const uint DefaultMaxClients = 1024;

    /// <summary>libvirt's limit for the admin server when the file sets none.</summary>
    public const uint DefaultAdminMaxClients = 5000;

    /// <summary>1 debug to 4 error; 0 for not set, which acts as 3.</summary>
    public uint LogLevel { get; set; }

    /// <summary><c>-v</c>: the level is at most info.</summary>
    public bool IsVerbose { get; set; }

    /// <summary>The log filters as written, empty for none.</summary>
    public string LogFilters { get; set; } = "";

    /// <summary>The log outputs as written, empty for the default output.</summary>
    public string LogOutputs { get; set; } = "";

    /// <summary>How many clients the lock server takes, authenticated or not.</summary>
    public uint MaxClients { get; set; } = DefaultMaxClients;

    /// <summary>How many clients the admin server takes.</summary>
    public uint AdminMaxClients { get; set; } = DefaultAdminMaxClients;

    /// <summary>Directories to open as lock spaces at start, absolute.</summary>
    public IReadOnlyList<string> LockSpaces { get; set; } = [];

    /// <summary>Whether an upgrade may go to an executable that knows no preflight, such as libvirt's own daemon.</summary>
    public bool AllowsUncheckedUpgrade { get; set; }

    /// <summary>Seconds after which the leases of a process that is being fenced and will not die are freed; 0 for never.</summary>
    public uint FenceReleaseAfterSeconds { get; set; }

    /// <summary>Seconds without a client after which the daemon ends; 0 for never.</summary>
    public uint TimeoutSeconds { get; set; }

    /// <summary>Puts the options together: the environment overrides the file, and the command line adds its own.</summary>
    /// <param name="commandLine">The command line, which may name another file.</param>
    /// <param name="defaultFile">The file if it does not.</param>
    /// <param name="variable">Looks a variable of the environment up; null for one that is not set.</param>
    /// <exception cref="ConfigurationException">File or environment are wrong.</exception>
    public static DaemonOptions Read(CommandLineOptions commandLine, string defaultFile, Func<string, string?> variable)
    {
        DaemonOptions options = Of(commandLine);
        ConfFile.Apply(commandLine.ConfigFile ?? defaultFile, isOptional: commandLine.ConfigFile is null, options);
        LogVariables.Apply(variable, options);
        return options;
    }

    /// <summary>What the command line alone decides.</summary>
    public static DaemonOptions Of(CommandLineOptions commandLine) =>
        new() { IsVerbose = commandLine.Verbose, TimeoutSeconds = commandLine.TimeoutSeconds ?? 0 };

    /// <summary>Asks validators in turn.</summary>
    /// <exception cref="OptionsValidationException">The first mistake that one found, and no other: it is told in one line.</exception>
    public void Validate(params ReadOnlySpan<IValidateOptions<DaemonOptions>> validators)
    {
        foreach (IValidateOptions<DaemonOptions> validator in validators)
        {
            if (validator.Validate(null, this) is { Failed: true } mistake)
            {
                throw new OptionsValidationException(nameof(DaemonOptions), typeof(DaemonOptions), mistake.Failures);
            }
        }
    }
}
