using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.TestKit;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>What the procedures of the lock program do, and what they answer when they can't.</summary>
[TestFixture]
internal sealed class LockSessionTests
{
    private MemoryDisk _disk = null!;
    private LockTable _table = null!;
    private SessionClient _client = null!;

    [SetUp]
    public void Connect()
    {
        _disk = new MemoryDisk();
        _disk.WriteFile("disk");
        _table = new LockTable(_disk.Driver, new FrozenTime());
        _client = SessionClient.Registered(_table);
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Registering_tells_who_owns_what_the_session_acquires()
    {
        _client.Acquire("/disk");

        Owner owner = _table.Default.Find("/disk"u8)!.FirstLease!.Owner;
        Assert.That(owner, Is.EqualTo(
            new Owner(new ProcessId(424242), "demo", 7, new Guid("00010203-0405-0607-0809-0a0b0c0d0e0f"))));
    }

    [Test]
    public void Last_registration_wins_and_releases_nothing()
    {
        _client.Acquire("/disk");

        Assert.That(_client.Register(pid: 1, name: "other"), Is.Null);

        Assert.That(_table.HasLeases(new ProcessId(424242)), Is.True);
        Assert.That(_client.Release("/disk")!.Detail, Is.EqualTo("owner 1 does not hold the resource lock"));
        Assert.That(_client.Register(pid: 424242), Is.Null);
        Assert.That(_client.Release("/disk"), Is.Null);
    }

    [Test]
    public void Refused_registration_leaves_the_one_before()
    {
        Assert.That(_client.Register(pid: 1, domainId: 0)!.Code, Is.EqualTo(ErrorCode.OperationInvalid));
        Assert.That(_client.Register(pid: 1, flags: 1)!.Code, Is.EqualTo(ErrorCode.InvalidArgument));

        Assert.That(_client.Session.Owner!.Pid, Is.EqualTo(new ProcessId(424242)));
    }

    [Test]
    public void Pid_zero_is_an_owner_like_any_other()
    {
        SessionClient client = SessionClient.Registered(_table, pid: 0);

        Assert.That(client.Acquire("/disk"), Is.Null);
        Assert.That(_table.HasLeases(new ProcessId(0)), Is.True);
    }

    [Test]
    public void Owner_name_ends_at_its_first_NUL()
    {
        _client.Register(name: "guest\0tail");

        Assert.That(_client.Session.Owner!.Name, Is.EqualTo(new OwnerName("guest")));
    }

    [Test]
    public void Owner_needs_no_name()
    {
        Assert.That(_client.Register(pid: 5, name: ""), Is.Null);
        _client.Acquire("/disk");

        Assert.That(_client.Acquire("/disk")!.Detail, Does.Contain("held by pid 5 since"));
    }

    [Test]
    public void Restricted_session_keeps_its_leases_and_can_do_nothing_more()
    {
        _client.Acquire("/disk");

        Assert.That(_client.Restrict(), Is.Null);

        Assert.That(_client.Session.IsRestricted, Is.True);
        Assert.That(_disk.Probe("disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(_client.Release("/disk")!.Code, Is.EqualTo(ErrorCode.OperationDenied));
        Assert.That(_client.Restrict()!.Code, Is.EqualTo(ErrorCode.OperationDenied));
    }

    [Test]
    public void Restriction_is_of_one_session_only()
    {
        _client.Acquire("/disk");
        _client.Restrict();

        Assert.That(SessionClient.Registered(_table).Release("/disk"), Is.Null, "another connection of the same owner");
    }

    [Test]
    public void Restricting_with_unknown_flags_restricts_nothing()
    {
        _client.Restrict(flags: 1);

        Assert.That(_client.Session.IsRestricted, Is.False);
    }

    [Test]
    public void New_lock_space_is_made_with_its_directory()
    {
        Assert.That(_client.NewLockSpace("/spaces/one"), Is.Null);

        Assert.That(_disk.Exists("spaces/one"), Is.True);
        Assert.That(_client.Acquire("lease", AcquireFlags.Autocreate, "/spaces/one"), Is.Null);
        Assert.That(_disk.Exists("spaces/one/lease"), Is.True);
    }

    [Test]
    public void New_lock_space_that_exists_is_refused_and_creating_it_is_not()
    {
        _client.NewLockSpace("/space");

        Assert.That(_client.NewLockSpace("/space"), Is.EqualTo(
            RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.Rpc, "Lockspace for path /space already exists")));
        Assert.That(_client.CreateLockSpace("/space"), Is.Null);
    }

    [Test]
    public void Default_lock_space_exists()
    {
        Assert.That(_client.NewLockSpace(""), Is.EqualTo(
            RemoteError.Ordinary(ErrorCode.OperationInvalid, ErrorDomain.Rpc, "the default lockspace already exists")));
        Assert.That(_client.CreateLockSpace(""), Is.Null);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Lock_space_that_cannot_be_made_is_an_error_and_leaves_none(bool registered)
    {
        _disk.MakeSealedDirectory("proc");
        string[] paths = ["/proc/x", "/disk"];

        RemoteError?[] errors =
            [.. paths.Select(path => registered ? _client.NewLockSpace(path) : new SessionClient(_table).CreateLockSpace(path))];

        Assert.That(errors, Is.EqualTo(new[]
        {
            RemoteError.SystemCall(ErrorDomain.LockSpace, "Unable to create lockspace /proc/x: No such file or directory", 2),
            RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.LockSpace, "Lockspace location /disk exists, but is not a directory"),
        }));
        Assert.That(_table.Directories, Is.Empty);
    }

    [Test]
    public void Lock_spaces_go_by_the_exact_path()
    {
        _client.NewLockSpace("/space");

        Assert.That(_client.Acquire("r", AcquireFlags.Autocreate, "/space/"), Is.EqualTo(
            RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.Rpc, "Lockspace for path /space/ does not exist")));
        Assert.That(_client.NewLockSpace("/space/"), Is.Null);
    }

    [Test]
    public void NUL_in_a_lock_space_path_is_refused_rather_than_cut()
    {
        RemoteError expected = RemoteError.Ordinary(
            ErrorCode.InvalidArgument, ErrorDomain.LockSpace, "lockspace path '/space\0tail' must not contain NUL");

        Assert.That(_client.NewLockSpace("/space\0tail"), Is.EqualTo(expected));
        Assert.That(_client.CreateLockSpace("/space\0tail"), Is.EqualTo(expected));
        Assert.That(_table.Directories, Is.Empty);
    }

    [TestCase(LockProcedure.AcquireResource)]
    [TestCase(LockProcedure.CreateResource)]
    [TestCase(LockProcedure.DeleteResource)]
    public void NUL_in_a_resource_name_is_refused_rather_than_cut(LockProcedure procedure)
    {
        RemoteError? error = _client.OnResource(procedure, "/disk\0tail");

        Assert.That(error!.Code, Is.EqualTo(ErrorCode.InvalidArgument));
        Assert.That(error.Domain, Is.EqualTo(ErrorDomain.LockSpace));
        Assert.That(error.Detail, Does.StartWith("resource name '/disk\0tail' must not contain NUL"));
        Assert.That(_disk.Exists("disk"), Is.True);
    }

    [Test]
    public void NUL_in_a_released_name_finds_nothing()
    {
        _client.Acquire("/disk");

        Assert.That(_client.Release("/disk\0tail")!.Code, Is.EqualTo(ErrorCode.ResourceBusy));
        Assert.That(_table.LeaseCount, Is.EqualTo(1));
    }

    [TestCase("../disk")]
    [TestCase("/disk")]
    public void Name_that_leaves_its_lock_space_is_refused(string name)
    {
        _client.NewLockSpace("/space");

        Assert.That(_client.Acquire(name, path: "/space")!.Code, Is.EqualTo(ErrorCode.InvalidArgument));
    }

    [Test]
    public void Busy_resource_says_who_holds_it_since_when()
    {
        _client.Acquire("/disk");

        Assert.That(SessionClient.Registered(_table, pid: 9).Acquire("/disk"), Is.EqualTo(RemoteError.Ordinary(
            ErrorCode.ResourceBusy,
            ErrorDomain.LockSpace,
            "Lockspace resource '/disk' is locked: held by 'demo' (pid 424242) since 2024-02-29 12:34:56Z")));
    }

    [Test]
    public void Busy_shared_resource_counts_its_further_owners()
    {
        _client.Acquire("/disk", AcquireFlags.Shared);
        SessionClient.Registered(_table, pid: 9).Acquire("/disk", AcquireFlags.Shared);
        _client.Acquire("/disk", AcquireFlags.Shared);

        Assert.That(_client.Acquire("/disk")!.Detail, Does.EndWith("held by 'demo' (pid 424242) since 2024-02-29 12:34:56Z and 2 more"));
    }

    [Test]
    public void Busy_file_held_under_another_name_says_which()
    {
        _disk.Link("disk", "alias");
        _client.Acquire("/disk");

        Assert.That(_client.Acquire("/alias")!.Detail, Does.EndWith("12:34:56Z as '/disk'"));
    }

    [TestCase(LockProcedure.CreateResource)]
    [TestCase(LockProcedure.DeleteResource)]
    public void Held_resource_is_busy_for_creating_and_deleting(LockProcedure procedure)
    {
        _client.Acquire("/disk");

        RemoteError? error = _client.OnResource(procedure, "/disk");

        Assert.That(error!.Code, Is.EqualTo(ErrorCode.ResourceBusy));
        Assert.That(error.Domain, Is.EqualTo(ErrorDomain.LockSpace));
        Assert.That(_disk.Exists("disk"), Is.True);
    }

    [Test]
    public void Resource_is_created_and_deleted_as_often_as_one_likes()
    {
        Assert.That(_client.OnResource(LockProcedure.CreateResource, "/new"), Is.Null);
        Assert.That(_client.OnResource(LockProcedure.CreateResource, "/new"), Is.Null);
        Assert.That(_client.OnResource(LockProcedure.DeleteResource, "/new"), Is.Null);
        Assert.That(_client.OnResource(LockProcedure.DeleteResource, "/new"), Is.Null);
    }

    [Test]
    public void Failed_system_call_carries_its_errno()
    {
        RemoteError? error = _client.Acquire("/missing");

        Assert.That(error, Is.EqualTo(
            RemoteError.SystemCall(ErrorDomain.LockSpace, "Unable to open resource /missing: No such file or directory", 2)));
        Assert.That(error!.Int1, Is.EqualTo(2));
    }

    [Test]
    public void Lease_is_released_by_any_session_of_its_owner()
    {
        _client.Acquire("/disk");

        Assert.That(SessionClient.Registered(_table, pid: 9).Release("/disk"), Is.EqualTo(
            RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.LockSpace, "owner 9 does not hold the resource lock")));
        Assert.That(SessionClient.Registered(_table).Release("/disk"), Is.Null);
        Assert.That(_client.Release("/disk"), Is.EqualTo(RemoteError.Ordinary(
            ErrorCode.ResourceBusy, ErrorDomain.LockSpace, "Lockspace resource '/disk' is not locked")));
    }

    [Test]
    public void Every_error_that_is_sent_is_told_to_the_host()
    {
        var told = new List<RemoteError>();
        var session = new VirtLock.Sessions.LockSession(_table) { Refused = told.Add };
        PacketFramer.TryRead(
            _client.ResourceCall(LockProcedure.AcquireResource, "/disk"), out PacketHeader header, out ReadOnlySpan<byte> body, out _);

        session.Handle(header, body, new ByteQueue());

        Assert.That(told, Has.Count.EqualTo(1));
        Assert.That(told[0].Code, Is.EqualTo(ErrorCode.OperationInvalid));
    }
}
