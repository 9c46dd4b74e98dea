using Microsoft.Extensions.DependencyInjection;
using VirtLock.Client;

namespace VirtLock.Core.Tests.Samples;

internal static class ServiceUser
{
    public static void Register(IServiceCollection services)
    {
        // <services>
        services.AddVirtLock(options =>
        {
            options.OwnerName = "image-builder";
            options.VerifyInterval = TimeSpan.FromSeconds(5);
        });
        services.AddVirtLockClient(options => options.Owner = LockOwner.ThisProcess("image-builder"));
        // </services>
    }
}
