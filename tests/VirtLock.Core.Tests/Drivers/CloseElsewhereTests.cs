using VirtLock.Locking;
using VirtLock.TestKit.Processes;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// Why open file description locks are the default: an embedding program may open and close the very file, say to read an image's header.
/// The kernel takes that for the end of every POSIX lock that the process has on it.
/// </summary>
internal sealed class CloseElsewhereTests
{
    [TestCase(LockKind.OpenFileDescription, LockMode.Exclusive)]
    [TestCase(LockKind.Posix, null)]
    public void Only_a_lock_of_the_open_file_description_survives_that_the_process_opens_and_closes_the_file(
        LockKind kind, LockMode? left)
    {
        using var disk = new KernelDisk(kind);
        disk.WriteFile("disk");
        FilePath path = disk.PathOf("disk");
        LockAttempt held = disk.Driver.TryLock(path, LockMode.Exclusive, autocreate: false);
        Assert.That(disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));

        using (File.OpenHandle(disk.FullName("disk")))
        {
            // Opened and closed, as any code of the process may.
        }

        Assert.That(disk.Probe("disk"), Is.EqualTo(left));
        Assert.That(disk.Driver.Release(held.File, path, LockMode.Exclusive, autocreate: false), Is.Null);
    }

    [TestCase(LockKind.OpenFileDescription)]
    [TestCase(LockKind.Posix)]
    public void The_driver_itself_never_drops_a_lock_by_looking_at_the_file(LockKind kind)
    {
        using var disk = new KernelDisk(kind);
        disk.WriteFile("disk");
        FilePath path = disk.PathOf("disk");
        LockAttempt held = disk.Driver.TryLock(path, LockMode.Exclusive, autocreate: false);

        disk.Driver.TryLock(path, LockMode.Shared, autocreate: true);
        disk.Driver.CreateFile(path);
        disk.Driver.EnsureDirectory(path);

        Assert.That(disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(disk.Driver.Release(held.File, path, LockMode.Exclusive, autocreate: false), Is.Null);
    }

    [TestCase(LockKind.OpenFileDescription)]
    [TestCase(LockKind.Posix)]
    public void Name_that_comes_to_lead_to_a_held_file_while_it_is_opened_costs_no_lock(LockKind kind)
    {
        // On a busy machine the flipping process may not run for whole time slices: go on until the name has led to both files.
        const int LeastRounds = 3000;
        const int MostRounds = 3_000_000;
        using var disk = new KernelDisk(kind);
        disk.WriteFile("disk");
        disk.WriteFile("other");
        FilePath path = disk.PathOf("disk");
        FilePath flipping = disk.PathOf("flipping");
        LockAttempt held = disk.Driver.TryLock(path, LockMode.Exclusive, autocreate: false);
        using var foreign = Peer.StartAs("foreigner");
        Assert.That(foreign.Ask($"flip {flipping} {path} {disk.PathOf("other")}"), Is.EqualTo("ok"));

        int granted = 0;
        int refused = 0;
        for (int round = 0; round < LeastRounds || (round < MostRounds && (granted == 0 || refused == 0)); round++)
        {
            LockAttempt attempt = disk.Driver.TryLock(flipping, LockMode.Exclusive, autocreate: true);
            if (attempt.IsGranted)
            {
                granted++;
                Assert.That(disk.Driver.Release(attempt.File, flipping, LockMode.Exclusive, autocreate: false), Is.Null);
            }
            else
            {
                refused++;
            }
        }

        foreign.Ask("stop");
        Assert.That(new[] { granted, refused }, Is.All.GreaterThan(0), "the name has led to both files");
        Assert.That(disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(disk.Driver.Release(held.File, path, LockMode.Exclusive, autocreate: false), Is.Null);
        Assert.That(disk.OpenFiles, Is.Zero, "nothing stays parked");
    }
}
