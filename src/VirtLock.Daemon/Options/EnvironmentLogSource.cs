using Microsoft.Extensions.Configuration;

namespace VirtLock.Daemon.Options;

/// <summary>The variables of libvirt that override the log keys of the configuration file.</summary>
internal sealed class EnvironmentLogSource(IReadOnlyDictionary<string, string> environment) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new EnvironmentLogProvider(environment);
}
