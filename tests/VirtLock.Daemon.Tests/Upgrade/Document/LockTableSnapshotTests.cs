using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;
using VirtLock.TestKit;
using VirtLock.TestKit.Disks;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>The lock model, through a document, into the successor.</summary>
internal sealed class LockTableSnapshotTests
{
    private static readonly FilePath Locks = new("/locks");

    private readonly List<LockEvent> _events = [];
    private MemoryDisk _disk = null!;
    private LockTable _old = null!;
    private LockTable _new = null!;

    [SetUp]
    public void HoldSomeLeases()
    {
        _events.Clear();
        _disk = new MemoryDisk();
        _disk.WriteFile("shared");
        _disk.WriteFile("exclusive");
        _disk.MakeDirectory("locks");
        _old = new LockTable(_disk.Driver, new FrozenTime());
        _old.Create(Locks);
        Acquire(_old.Default, "/shared"u8, Samples.First, LockMode.Shared);
        Acquire(_old.Default, "/shared"u8, Samples.Second, LockMode.Shared);
        Acquire(_old.Default, "/shared"u8, Samples.First, LockMode.Shared);
        Acquire(_old.Default, "/exclusive"u8, Samples.Second, LockMode.Exclusive);
        Acquire(_old.Find(Locks.Bytes)!, "lease"u8, Samples.First, LockMode.Exclusive, autocreate: true);
        _new = new LockTable(_disk.Driver, new FrozenTime());
        _new.Happened += _events.Add;
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void All_leases_come_back_in_the_order_in_which_they_were_acquired()
    {
        Assert.That(Restore(KeepAll), Is.Zero);

        Assert.That(SnapshotText.Of(Taken(_new)), Is.EqualTo(SnapshotText.Of(Taken(_old))));
        Assert.That(_new.LeaseCount, Is.EqualTo(5));
        Assert.That(
            _new.Default.Find("/shared"u8)!.Leases.Select(lease => lease.Owner),
            Is.EqualTo([Samples.First, Samples.Second, Samples.First]));
        Assert.That(_events, Is.Empty);
    }

    [Test]
    public void Restored_leases_can_be_let_go()
    {
        Restore(KeepAll);

        _new.ReleaseAll(Samples.First.Pid);
        _new.ReleaseAll(Samples.Second.Pid);

        Assert.That(_disk.OpenFiles, Is.Zero);
        Assert.That(_disk.Exists("locks/lease"), Is.False);
        Assert.That(_new.LeaseCount, Is.Zero);
    }

    [Test]
    public void Restored_lock_stands_in_the_way_of_others()
    {
        Restore(KeepAll);

        LockOutcome outcome = _new.Default.Acquire("/exclusive"u8, Samples.First, LockMode.Exclusive, autocreate: false);

        Assert.That(outcome.IsBusy, Is.True);
        Assert.That(outcome.Holder!.FirstLease!.Owner, Is.EqualTo(Samples.Second));
    }

    [Test]
    public void Time_of_acquiring_is_that_of_the_restore_when_it_is_not_known()
    {
        var lease = new LeaseSnapshot(Samples.First, AcquiredAt: null);
        Restore(KeepAll, Taken(_old).Default.Resources[0] with { Leases = [lease] });

        Assert.That(_new.Default.Find("/shared"u8)!.FirstLease!.AcquiredAt, Is.EqualTo(Samples.Time(5)));
    }

    [Test]
    public void Every_lease_on_a_lost_lock_is_reported()
    {
        int lost = Restore(resource => resource.Mode == LockMode.Shared ? null : KeepAll(resource));

        Assert.That(lost, Is.EqualTo(3));
        Assert.That(
            _events,
            Is.EqualTo(new[] { Samples.First, Samples.Second, Samples.First }.Select(
                owner => new LockEvent(LockEventKind.Lost, null, new ResourceName("/shared"), owner, LockMode.Shared, null))));
        Assert.That(_new.Default.Find("/shared"u8), Is.Null);
        Assert.That(_new.LeaseCount, Is.EqualTo(2));
    }

    [Test]
    public void Lock_that_nobody_has_a_lease_on_is_let_go()
    {
        Restore(KeepAll, Taken(_old).Default.Resources[1] with { Leases = [] });

        Assert.That(_new.Default.Find("/exclusive"u8), Is.Null);
        Assert.That(_disk.Probe("exclusive"), Is.Null);
    }

    [Test]
    public void Lock_space_without_leases_is_kept()
    {
        _old.ReleaseAll(Samples.First.Pid);

        Restore(KeepAll);

        Assert.That(_new.Find(Locks.Bytes), Is.Not.Null);
    }

    /// <summary>The lock is where the descriptor is: the disk's driver has it still.</summary>
    private HeldFile? KeepAll(ResourceSnapshot resource)
    {
        LockSpace space = _old.Find(resource.Path.Bytes.StartsWith("/locks/"u8) ? Locks.Bytes : default)!;
        HeldFile file = space.Find(resource.Name.Bytes)!.File;
        Assert.That(file.Descriptor, Is.EqualTo(resource.Descriptor));
        return file;
    }

    private int Restore(Func<ResourceSnapshot, HeldFile?> keep)
    {
        Snapshot read = Snapshot.Read(Samples.Write(Taken(_old)), Samples.Pid)!;
        return new LockTableSnapshot(read.Default, read.Directories).Restore(_new, Samples.Time(5), keep);
    }

    private void Restore(Func<ResourceSnapshot, HeldFile?> keep, ResourceSnapshot resource) =>
        new LockTableSnapshot(new LockSpaceSnapshot(null, [resource]), []).Restore(_new, Samples.Time(5), keep);

    private static Snapshot Taken(LockTable spaces)
    {
        var taken = LockTableSnapshot.Take(spaces);
        return Samples.Full with { Default = taken.Default, Directories = taken.Directories };
    }

    private static void Acquire(LockSpace space, ReadOnlySpan<byte> name, Owner owner, LockMode mode, bool autocreate = false) =>
        Assert.That(space.Acquire(name, owner, mode, autocreate).IsGranted, Is.True);
}
