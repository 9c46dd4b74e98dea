using VirtLock.Locking;
using VirtLock.TestKit;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Locking;

/// <summary>Who gets a lease, who is refused, and what listeners hear of it.</summary>
[TestFixture]
internal sealed class LockTableTests
{
    private static readonly Owner First = new(new ProcessId(11), "first", 1, Guid.Empty);
    private static readonly Owner Second = new(new ProcessId(12), "second", 2, Guid.Empty);

    private readonly List<LockEvent> _events = [];
    private MemoryDisk _disk = null!;
    private LockTable _table = null!;

    [SetUp]
    public void MakeSpaces()
    {
        _events.Clear();
        _disk = new MemoryDisk();
        _disk.WriteFile("disk");
        _disk.WriteFile("other");
        _table = new LockTable(_disk.Driver, new FrozenTime());
        _table.Happened += _events.Add;
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Exclusive_lease_is_refused_while_a_shared_one_is_held()
    {
        Acquire(First, LockMode.Shared);

        Assert.That(Attempt(Second, LockMode.Exclusive).IsBusy, Is.True);
    }

    [Test]
    public void Owner_of_an_exclusive_lease_does_not_get_a_second_one()
    {
        Acquire(First, LockMode.Exclusive);

        Assert.That(Attempt(First, LockMode.Exclusive).IsBusy, Is.True);
        Assert.That(Attempt(First, LockMode.Shared).IsBusy, Is.True);
    }

    [Test]
    public void Sole_shared_owner_is_not_promoted_to_exclusive()
    {
        Acquire(First, LockMode.Shared);

        Assert.That(Attempt(First, LockMode.Exclusive).IsBusy, Is.True);
    }

    [Test]
    public void Every_shared_lease_of_an_owner_needs_its_own_release()
    {
        Acquire(First, LockMode.Shared);
        Acquire(First, LockMode.Shared);

        Assert.That(Release(First), Is.EqualTo(ReleaseStatus.Released));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Shared));
        Assert.That(Release(First), Is.EqualTo(ReleaseStatus.Released));
        Assert.That(_disk.Probe("disk"), Is.Null);
        Assert.That(Release(First), Is.EqualTo(ReleaseStatus.NotHeld));
    }

    [Test]
    public void Only_the_owner_releases()
    {
        Acquire(First, LockMode.Exclusive);

        Assert.That(Release(Second), Is.EqualTo(ReleaseStatus.NotOwner));
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
    }

    [Test]
    public void Owner_is_its_pid_whatever_else_it_calls_itself()
    {
        Acquire(First, LockMode.Exclusive);

        Assert.That(Release(Second with { Pid = First.Pid }), Is.EqualTo(ReleaseStatus.Released));
    }

    [Test]
    public void Further_shared_owners_do_not_change_how_the_file_is_let_go()
    {
        Acquire(First, LockMode.Shared);
        Assert.That(Attempt(Second, LockMode.Shared, autocreate: true).IsGranted, Is.True);

        Release(First);
        Release(Second);

        Assert.That(_disk.Exists("disk"), Is.True, "it was first acquired without autocreate");
    }

    [Test]
    public void Releasing_an_owner_leaves_the_leases_of_others()
    {
        Acquire(First, LockMode.Shared);
        Acquire(Second, LockMode.Shared);
        _table.Default.Acquire("/other"u8, First, LockMode.Exclusive, autocreate: false);

        Assert.That(_table.ReleaseAll(First.Pid), Is.EqualTo(2));

        Assert.That(_table.HasLeases(First.Pid), Is.False);
        Assert.That(_table.HasLeases(Second.Pid), Is.True);
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Shared));
        Assert.That(_disk.Probe("other"), Is.Null);
        Assert.That(_table.ReleaseAll(First.Pid), Is.Zero, "once more");
    }

    [Test]
    public void Releasing_some_leases_of_a_pid_leaves_those_of_its_other_processes()
    {
        Owner later = First with { ProcessStart = 2 };
        Acquire(First with { ProcessStart = 1 }, LockMode.Shared);
        Acquire(later, LockMode.Shared);
        Acquire(First with { ProcessStart = 1 }, LockMode.Shared);

        Assert.That(_table.ReleaseAll(First.Pid, static owner => owner.ProcessStart == 1), Is.EqualTo(2));

        Assert.That(_table.Default.Find("/disk"u8)?.Leases.Select(lease => lease.Owner), Is.EqualTo(new[] { later }));
        Assert.That(_table.ReleaseAll(Second.Pid, static _ => true), Is.Zero);
    }

    [Test]
    public void Releasing_an_owner_gives_up_all_of_its_leases_on_one_resource()
    {
        Acquire(First, LockMode.Shared);
        Acquire(First, LockMode.Shared);
        Acquire(First, LockMode.Shared);

        Assert.That(_table.ReleaseAll(First.Pid), Is.EqualTo(3));
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Refusal_names_the_resource_and_its_oldest_lease()
    {
        Acquire(First, LockMode.Shared);
        Acquire(Second, LockMode.Shared);

        LockOutcome outcome = Attempt(Second, LockMode.Exclusive);

        Assert.That(outcome.Holder!.FirstLease!.Owner, Is.EqualTo(First));
        Assert.That(outcome.Holder.FirstLease.AcquiredAt, Is.EqualTo(FrozenTime.Now));
    }

    [Test]
    public void Holder_outside_this_process_is_known_by_the_file_only()
    {
        _disk.TryLockElsewhere("disk", LockMode.Exclusive);

        LockOutcome outcome = Attempt(First, LockMode.Exclusive);

        Assert.That(outcome.IsBusy, Is.True);
        Assert.That(outcome.Holder, Is.Null);
        Assert.That(outcome.BusyFile, Is.Not.EqualTo(default(FileIdentity)));
    }

    [Test]
    public void Held_resource_is_neither_created_nor_deleted()
    {
        Acquire(First, LockMode.Shared);

        Assert.That(_table.Default.CreateResource("/disk"u8).IsBusy, Is.True);
        Assert.That(_table.Default.DeleteResource("/disk"u8).IsBusy, Is.True);
        Assert.That(_disk.Exists("disk"), Is.True);
    }

    [Test]
    public void Everything_that_happens_to_leases_is_told_in_order()
    {
        Acquire(First, LockMode.Shared);
        Attempt(Second, LockMode.Exclusive);
        Acquire(Second, LockMode.Shared);
        Release(First);
        _table.ReleaseAll(Second.Pid);

        Assert.That(_events.Select(raised => $"{raised.Kind} {raised.Owner.Name} {raised.Name} {raised.Mode}"), Is.EqualTo(new[]
        {
            "Granted first /disk Shared",
            "Refused second /disk Shared",
            "Granted second /disk Shared",
            "Released first /disk Shared",
            "Released second /disk Shared",
        }));
        Assert.That(_events, Has.All.Matches<LockEvent>(raised => raised.Directory is null && raised.Error is null));
    }

    [Test]
    public void Release_is_told_under_the_name_that_the_owner_had_when_it_acquired()
    {
        Acquire(First, LockMode.Exclusive);

        Release(Second with { Pid = First.Pid });

        Assert.That(_events[^1].Owner, Is.EqualTo(First));
    }

    [Test]
    public void State_is_consistent_when_listeners_hear_of_it()
    {
        var counts = new List<int>();
        _table.Happened += _ => counts.Add(_table.LeaseCount);

        Acquire(First, LockMode.Exclusive);
        Release(First);

        Assert.That(counts, Is.EqualTo(new[] { 1, 0 }));
    }

    [Test]
    public void Shared_lease_is_not_joined_once_the_name_leads_to_another_file_or_to_none([Values] bool isReplaced)
    {
        Acquire(First, LockMode.Shared);
        _disk.Delete("disk");
        if (isReplaced)
        {
            _disk.WriteFile("disk");
        }

        LockOutcome second = Attempt(Second, LockMode.Shared);

        Assert.That(second.Holder!.FirstLease!.Owner, Is.EqualTo(First));
        Assert.That(_table.LeaseCount, Is.EqualTo(1));
    }

    [Test]
    public void File_that_is_held_by_another_name_is_not_deleted()
    {
        _disk.Link("disk", "alias");
        Acquire(First, LockMode.Exclusive);

        LockOutcome refused = _table.Default.DeleteResource("/alias"u8);
        Release(First);

        Assert.That(refused.Holder?.Name.ToString(), Is.EqualTo("/disk"));
        Assert.That(_disk.Exists("alias"), Is.True);
        Assert.That(_table.Default.DeleteResource("/alias"u8).IsGranted, Is.True);
        Assert.That(_disk.Exists("disk"), Is.True);
    }

    [Test]
    public void File_of_a_lost_autocreated_resource_is_not_ours_to_remove()
    {
        Lease lease = _table.Default.Acquire("/lease"u8, First, LockMode.Exclusive, autocreate: true).Lease!;
        _table.MarkLost(lease.Resource);

        _table.Release(lease);

        Assert.That(_disk.Exists("lease"), Is.True);
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void Autocreated_files_can_all_be_let_go_with_those_who_share_them_and_no_others()
    {
        Acquire(First, LockMode.Shared);
        Assert.That(_table.Create(_disk.PathOf("space")).IsDirectory, Is.True);
        foreach (Owner owner in new[] { First, Second })
        {
            _table.Default.Acquire("/lease"u8, owner, LockMode.Shared, autocreate: true);
            _table.Find("/space"u8)!.Acquire("lease"u8, owner, LockMode.Shared, autocreate: true);
        }

        _table.ReleaseAutocreated();

        Assert.That(new[] { "disk", "lease", "space/lease" }.Where(_disk.Exists), Is.EqualTo(new[] { "disk" }));
        Assert.That(_table.LeaseCount, Is.EqualTo(1));
    }

    private LockOutcome Attempt(Owner owner, LockMode mode, bool autocreate = false) =>
        _table.Default.Acquire("/disk"u8, owner, mode, autocreate);

    private void Acquire(Owner owner, LockMode mode) => Assert.That(Attempt(owner, mode).IsGranted, Is.True);

    private ReleaseStatus Release(Owner owner) => _table.Default.Release("/disk"u8, owner.Pid);
}
