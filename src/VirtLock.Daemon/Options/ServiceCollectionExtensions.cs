using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace VirtLock.Daemon.Options;

/// <summary>Registers <see cref="DaemonOptions"/>, bound and validated.</summary>
internal static class ServiceCollectionExtensions
{
    public static IServiceCollection AddDaemonOptions(
        this IServiceCollection services, IConfiguration configuration, CommandLineOptions commandLine)
    {
        services.AddOptions();
        services.AddSingleton<IConfigureOptions<DaemonOptions>>(new DaemonOptionsSetup(configuration, commandLine));
        services.AddSingleton<IValidateOptions<DaemonOptions>>(new DaemonOptionsValidator());
        return services;
    }
}
