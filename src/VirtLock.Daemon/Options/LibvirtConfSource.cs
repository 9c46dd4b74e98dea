using Microsoft.Extensions.Configuration;

namespace VirtLock.Daemon.Options;

/// <summary>A configuration file in libvirt's format.</summary>
internal sealed class LibvirtConfSource : IConfigurationSource
{
    public required string Path { get; init; }

    /// <summary>Whether a file that is not there counts as an empty one, as the default file does.</summary>
    public bool IsOptional { get; init; }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new LibvirtConfProvider(this);
}
