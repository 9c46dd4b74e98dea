using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VirtLock;
using VirtLock.Client;
using VirtLock.Drivers;
using VirtLock.Locking;

// The namespace of IServiceCollection itself, as usual for such methods: no using is needed to find them.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds VirtLock to a service collection. For one thread, at start-up.</summary>
public static class VirtLockServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ProcessLocks"/> as a singleton, and what it is made of: <see cref="ILockDriver"/> (fcntl locks of
    /// <see cref="VirtLockOptions.LockKind"/>) and <see cref="TimeProvider"/>. Whichever of them is registered already stays. The options
    /// are validated when a host starts, else when first used. Logging is optional.
    /// </summary>
    /// <param name="services">The collection.</param>
    /// <param name="configure">Sets options.</param>
    /// <returns>The collection.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddVirtLock(this IServiceCollection services, Action<VirtLockOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<VirtLockOptions> options = services.AddOptions<VirtLockOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<VirtLockOptions>, VirtLockOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ILockDriver>(static provider =>
        {
            VirtLockOptions options = provider.GetRequiredService<IOptions<VirtLockOptions>>().Value;
            return new FcntlLockDriver(options.LockKind, options.AllowPosixFallback);
        });
        services.TryAddSingleton(static provider => new ProcessLocks(
            provider.GetRequiredService<IOptions<VirtLockOptions>>().Value,
            provider.GetRequiredService<ILockDriver>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILoggerFactory>()?.CreateLogger<ProcessLocks>()));
        return services;
    }

    /// <summary>
    /// Adds <see cref="LockClient"/> as a singleton, which connects with its first call. The options are validated when a host starts, else
    /// when first used: <see cref="LockClientOptions.Owner"/> has no default. Logging is optional.
    /// </summary>
    /// <param name="services">The collection.</param>
    /// <param name="configure">Sets options.</param>
    /// <returns>The collection.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddVirtLockClient(this IServiceCollection services, Action<LockClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<LockClientOptions>().ValidateOnStart().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LockClientOptions>, LockClientOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static provider => new LockClient(
            provider.GetRequiredService<IOptions<LockClientOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILoggerFactory>()?.CreateLogger<LockClient>()));
        return services;
    }
}
