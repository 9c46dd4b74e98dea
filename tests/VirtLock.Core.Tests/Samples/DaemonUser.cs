using VirtLock.Client;

namespace VirtLock.Core.Tests.Samples;

internal static class DaemonUser
{
    public static async Task<string> RunAsync(string socket, string image, int guestPid)
    {
        // <client>
        await using var client = new LockClient(new LockClientOptions
        {
            SocketPath = socket,
            Owner = LockOwner.Process(guestPid, "web"), // whose lease it is: see "Whose leases?" below
        });
        client.ConnectionLost += loss => Console.Error.WriteLine($"{loss.Leases.Count} leases in doubt: {loss.Reason.Message}");

        try
        {
            await using ILease lease = await client.AcquireAsync(image, wait: TimeSpan.FromSeconds(5));
            return $"{lease.Name} is locked";
        }
        catch (ResourceBusyException busy)
        {
            return $"refused with libvirt's code {(int)busy.Code}: held by {busy.Holder}";
        }

        // </client>
    }
}
