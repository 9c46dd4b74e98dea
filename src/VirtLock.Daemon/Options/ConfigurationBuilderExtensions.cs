using Microsoft.Extensions.Configuration;

namespace VirtLock.Daemon.Options;

/// <summary>The daemon's configuration sources; one added later overrides those before it.</summary>
internal static class ConfigurationBuilderExtensions
{
    /// <summary>Adds a file in libvirt's format. Mistakes come as <see cref="ConfigurationException"/> when the configuration is built.</summary>
    public static IConfigurationBuilder AddLibvirtConf(this IConfigurationBuilder builder, string path, bool isOptional = false) =>
        builder.Add(new LibvirtConfSource { Path = path, IsOptional = isOptional });

    /// <summary>Adds libvirt's environment variables for logging.</summary>
    public static IConfigurationBuilder AddLibvirtEnvironment(
        this IConfigurationBuilder builder, IReadOnlyDictionary<string, string> environment) =>
        builder.Add(new EnvironmentLogSource(environment));
}
