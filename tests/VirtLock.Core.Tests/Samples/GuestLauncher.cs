using System.Diagnostics;

namespace VirtLock.Core.Tests.Samples;

// <launcher>
/// <summary>Runs an emulator only while its disk image is locked.</summary>
public static class GuestLauncher
{
    public static async Task<int> RunAsync(
        ProcessLocks locks, string image, ProcessStartInfo emulator, CancellationToken cancellation = default)
    {
        // Throws ResourceBusyException, which says who has the image, if it is still in use after 5 seconds.
        await using ILease lease = await locks.Default.AcquireAsync(image, wait: TimeSpan.FromSeconds(5), cancellation: cancellation);

        using Process guest = Process.Start(emulator)!;
        using CancellationTokenRegistration whenLost = lease.LostToken.Register(guest.Kill);
        try
        {
            await guest.WaitForExitAsync(cancellation);
        }
        finally
        {
            // The lease goes only when nobody can be writing any more.
            guest.Kill();
            await guest.WaitForExitAsync(CancellationToken.None);
        }

        return guest.ExitCode;
    }
}

// </launcher>
