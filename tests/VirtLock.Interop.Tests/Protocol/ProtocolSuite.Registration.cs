using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Disks;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

internal abstract partial class ProtocolSuite
{
    private static readonly LockProcedure[] ProceduresThatNeedAnOwner =
    [
        LockProcedure.Restrict,
        LockProcedure.New,
        LockProcedure.CreateResource,
        LockProcedure.DeleteResource,
        LockProcedure.AcquireResource,
        LockProcedure.ReleaseResource,
    ];

    private static readonly LockProcedure[] AllProcedures = Enum.GetValues<LockProcedure>();

    private static readonly object[] UnsupportedFlags =
    [
        new object[] { LockProcedure.Register, 1u },
        new object[] { LockProcedure.Restrict, 1u },
        new object[] { LockProcedure.New, 1u },
        new object[] { LockProcedure.CreateResource, 1u },
        new object[] { LockProcedure.DeleteResource, 2u },
        new object[] { LockProcedure.AcquireResource, 4u },
        new object[] { LockProcedure.AcquireResource, 0x8000_0000u },
        new object[] { LockProcedure.ReleaseResource, 1u },
        new object[] { LockProcedure.ReleaseResource, 2u },
    ];

    [Test]
    public void A_guest_registers_and_restricts_itself()
    {
        WireClient client = Connect();

        Refusal.AssertOk(client.Register(GuestPid));
        Refusal.AssertOk(client.Restrict());
    }

    [Test]
    public void Domain_id_zero_counts_as_not_registered() =>
        Refusal.AssertOrdinary(Connect().Register(GuestPid, id: 0), Refusal.OperationInvalid, Refusal.RpcDomain);

    [Test]
    public void Process_id_zero_is_accepted_as_an_owner() => Refusal.AssertOk(Connect().Register(pid: 0));

    [Test]
    public void An_owner_may_have_an_empty_name() => Refusal.AssertOk(Connect().Register(GuestPid, name: string.Empty));

    [Test]
    public void A_refused_registration_leaves_the_connection_unregistered()
    {
        WireClient client = Connect();
        client.Register(GuestPid, id: 0);

        Refusal.AssertOrdinary(client.Acquire("", NewFile()), Refusal.OperationInvalid, Refusal.RpcDomain);
    }

    [TestCaseSource(nameof(ProceduresThatNeedAnOwner))]
    public void Nothing_that_needs_an_owner_works_before_registration(LockProcedure procedure) =>
        Refusal.AssertOrdinary(CallAny(Connect(), procedure), Refusal.OperationInvalid, Refusal.RpcDomain);

    [Test]
    public void A_lock_space_is_created_without_registration()
    {
        string path = Path.Combine(Home, "space");

        Refusal.AssertOk(Connect().CreateLockSpace(path));
        Assert.That(path, Does.Exist);
    }

    [Test]
    public void The_last_registration_owns_what_is_acquired_after_it()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Register(OtherGuestPid, "other", id: 8));
        Refusal.AssertOk(client.Acquire("", file));

        Refusal.AssertOrdinary(ConnectAs(GuestPid).Release("", file), Refusal.InternalError, Refusal.LockSpaceDomain);
        Refusal.AssertOk(ConnectAs(OtherGuestPid).Release("", file));
    }

    [Test]
    public void Registering_again_releases_nothing()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file));

        Refusal.AssertOk(client.Register(OtherGuestPid));

        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive));
        Refusal.AssertOk(ConnectAs(GuestPid).Release("", file));
    }

    [TestCaseSource(nameof(AllProcedures))]
    public void A_restricted_connection_can_do_nothing_more(LockProcedure procedure)
    {
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Restrict());

        Refusal.AssertOrdinary(CallAny(client, procedure), Refusal.OperationDenied, Refusal.RpcDomain);
    }

    [Test]
    public void Restricting_keeps_the_leases()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file));
        Refusal.AssertOk(client.Restrict());

        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive));
        Refusal.AssertOk(ConnectAs(GuestPid).Release("", file));
    }

    [TestCaseSource(nameof(UnsupportedFlags))]
    public void Unsupported_flags_are_refused_by_name(LockProcedure procedure, uint flags) =>
        Refusal.AssertFlags(CallAny(ConnectAs(GuestPid), procedure, flags), flags);

    [TestCaseSource(nameof(UnsupportedFlags))]
    public void Flags_are_checked_before_registration(LockProcedure procedure, uint flags) =>
        Refusal.AssertFlags(CallAny(Connect(), procedure, flags), flags);

    [TestCaseSource(nameof(UnsupportedFlags))]
    public void Flags_are_checked_before_restriction(LockProcedure procedure, uint flags)
    {
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Restrict());

        Refusal.AssertFlags(CallAny(client, procedure, flags), flags);
    }

    [Test]
    public void Only_the_unsupported_bits_are_named()
    {
        WireReply reply = ConnectAs(GuestPid).Acquire("", NewFile(), Shared | AutoCreate | 0x10);

        Refusal.AssertFlags(reply, 0x10);
    }

    private WireReply CallAny(WireClient client, LockProcedure procedure, uint flags = 0) => procedure switch
    {
        LockProcedure.Register => client.Register(GuestPid, flags: flags),
        LockProcedure.Restrict => client.Restrict(flags),
        LockProcedure.New => client.New(Path.Combine(Home, "any"), flags),
        LockProcedure.CreateLockSpace => client.CreateLockSpace(Path.Combine(Home, "any")),
        _ => client.Resource(procedure, "", Path.Combine(Home, "any.img"), flags),
    };
}
