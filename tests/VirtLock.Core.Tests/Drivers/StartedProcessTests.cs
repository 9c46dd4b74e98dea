using System.Diagnostics;
using VirtLock.Locking;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// A process that is being started has copies of all descriptors until it executes its program, close-on-exec or not, and an open file
/// description lock stands while any copy does.
/// </summary>
[TestFixture(LockKind.OpenFileDescription)]
[TestFixture(LockKind.Posix)]
internal sealed class StartedProcessTests(LockKind kind)
{
    [Test]
    public void What_is_released_while_a_process_is_being_started_is_free_at_once()
    {
        const int Processes = 50;
        using KernelDisk disk = new(kind);
        disk.WriteFile("disk");
        int started = 0;
        Thread starting = new(() =>
        {
            for (; started < Processes; started++)
            {
                using Process process = Process.Start("true");
                process.WaitForExit();
            }
        });

        starting.Start();
        int refused = 0;
        while (Volatile.Read(ref started) < Processes)
        {
            LockAttempt attempt = disk.Driver.TryLock(disk.PathOf("disk"), LockMode.Exclusive, autocreate: false);
            if (attempt.IsGranted)
            {
                disk.Driver.Release(attempt.File, disk.PathOf("disk"), LockMode.Exclusive, autocreate: false);
            }
            else
            {
                refused++;
            }
        }

        starting.Join();
        Assert.That(refused, Is.Zero, "the only user was refused its own file");
    }
}
