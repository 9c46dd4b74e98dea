using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>What is checked before a procedure does anything, and in which order: every combination of what may be wrong.</summary>
[TestFixture]
internal sealed class LockSessionCheckTests
{
    private MemoryDisk _disk = null!;
    private LockTable _table = null!;

    [SetUp]
    public void MakeSpaces()
    {
        _disk = new MemoryDisk();
        _disk.WriteFile("disk");
        _table = new LockTable(_disk.Driver, TimeProvider.System);
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Checks_come_in_the_order_flags_then_restricted_then_registered_then_lock_space(
        [Values] LockProcedure procedure,
        [Values] bool unknownFlags,
        [Values] bool restricted,
        [Values] bool registered,
        [Values] bool spaceFits)
    {
        var client = new SessionClient(_table);
        if (registered)
        {
            client.Register();
        }

        client.Session.IsRestricted = restricted;
        int leases = _table.LeaseCount;

        RemoteError? error = Call(client, procedure, unknownFlags ? 0x10u : 0, registered, spaceFits);

        (ErrorCode Code, ErrorDomain Domain)? expected = Expect(procedure, unknownFlags, restricted, registered, spaceFits);
        Assert.That(error?.Code, Is.EqualTo(expected?.Code));
        Assert.That(error?.Domain, Is.EqualTo(expected?.Domain));
        Assert.That(_table.LeaseCount, Is.EqualTo(leases + (error is null && procedure == LockProcedure.AcquireResource ? 1 : 0)));
    }

    [TestCase(LockProcedure.Register, 1u)]
    [TestCase(LockProcedure.Restrict, 0x8000_0000u)]
    [TestCase(LockProcedure.NewLockSpace, 2u)]
    [TestCase(LockProcedure.CreateResource, 1u)]
    [TestCase(LockProcedure.DeleteResource, 2u)]
    [TestCase(LockProcedure.AcquireResource, 4u)]
    [TestCase(LockProcedure.ReleaseResource, 3u)]
    public void Refused_flags_are_reported_in_hexadecimal_with_the_procedure(LockProcedure procedure, uint flags)
    {
        SessionClient client = SessionClient.Registered(_table);

        RemoteError? error = Call(client, procedure, flags, registered: true, spaceFits: true);

        Assert.That(error, Is.EqualTo(new RemoteError
        {
            Code = ErrorCode.InvalidArgument,
            Domain = ErrorDomain.Rpc,
            Message = $"unsupported flags (0x{flags:x}) in function {procedure}",
            Pattern = procedure.ToString(),
            Detail = "flags",
            Int1 = 0,
            Int2 = 0,
        }));
    }

    [Test]
    public void Only_the_unknown_bits_of_the_flags_are_reported()
    {
        RemoteError? error = SessionClient.Registered(_table).Acquire("/disk", (AcquireFlags)0xFF);

        Assert.That(error!.Message, Does.Contain("(0xfc)"));
    }

    [Test]
    public void Arguments_that_do_not_decode_are_found_before_anything_else([Values] LockProcedure procedure, [Values] bool restricted)
    {
        var client = new SessionClient(_table);
        client.Session.IsRestricted = restricted;

        RemoteError? error = SessionClient.ErrorOf(client.Exchange(Packet(procedure, MessageType.Call, MessageStatus.Ok)));

        Assert.That(error, Is.EqualTo(RemoteError.Ordinary(ErrorCode.Rpc, ErrorDomain.Rpc, "Unable to decode message payload")));
    }

    [TestCase(MessageStatus.Error)]
    [TestCase((MessageStatus)7)]
    public void Status_is_checked_before_the_procedure(MessageStatus status)
    {
        byte[] reply = new SessionClient(_table).Exchange(Packet((LockProcedure)99, MessageType.Call, status));

        Assert.That(SessionClient.ErrorOf(reply)!.Detail, Is.EqualTo($"Unexpected message status {(int)status}"));
    }

    [Test]
    public void Program_is_checked_before_the_status()
    {
        byte[] call = Packet(LockProcedure.Register, MessageType.Call, MessageStatus.Error, version: 2);

        byte[] reply = new SessionClient(_table).Exchange(call);

        Assert.That(SessionClient.ErrorOf(reply)!.Detail, Is.EqualTo("Cannot find program 245874415 version 2"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(9)]
    [TestCase(int.MaxValue)]
    [TestCase(int.MinValue)]
    public void Procedure_outside_the_program_is_unknown(int procedure)
    {
        byte[] reply = new SessionClient(_table).Exchange(Packet((LockProcedure)procedure, MessageType.Call, MessageStatus.Ok));

        Assert.That(SessionClient.ErrorOf(reply)!.Detail, Is.EqualTo($"unknown procedure: {procedure}"));
    }

    [Test]
    public void What_is_no_call_is_dropped_in_silence([Values(1, 2, 3, 5, 6, 7, -1)] int type, [Values] MessageStatus status)
    {
        byte[] reply = new SessionClient(_table).Exchange(Packet(LockProcedure.Restrict, (MessageType)type, status));

        Assert.That(reply, Is.Empty);
    }

    [Test]
    public void Call_that_came_with_descriptors_is_answered_like_any_other()
    {
        byte[] call = SessionClient.Registered(_table).ResourceCall(LockProcedure.AcquireResource, "/disk");
        const int TypeOffset = 19;
        call[TypeOffset] = (byte)MessageType.CallWithFds;

        Assert.That(SessionClient.ErrorOf(SessionClient.Registered(_table).Exchange(call)), Is.Null);
    }

    private static (ErrorCode Code, ErrorDomain Domain)? Expect(
        LockProcedure procedure, bool unknownFlags, bool restricted, bool registered, bool spaceFits)
    {
        if (unknownFlags && procedure != LockProcedure.CreateLockSpace)
        {
            return (ErrorCode.InvalidArgument, ErrorDomain.Rpc);
        }

        if (restricted)
        {
            return (ErrorCode.OperationDenied, ErrorDomain.Rpc);
        }

        if (!registered && procedure != LockProcedure.CreateLockSpace)
        {
            return (ErrorCode.OperationInvalid, ErrorDomain.Rpc);
        }

        return procedure switch
        {
            LockProcedure.NewLockSpace when !spaceFits => (ErrorCode.OperationInvalid, ErrorDomain.Rpc),
            LockProcedure.CreateResource or LockProcedure.DeleteResource or LockProcedure.AcquireResource when !spaceFits
                => (ErrorCode.Internal, ErrorDomain.Rpc),
            LockProcedure.ReleaseResource =>
                spaceFits ? (ErrorCode.ResourceBusy, ErrorDomain.LockSpace) : (ErrorCode.Internal, ErrorDomain.Rpc),
            _ => null,
        };
    }

    private static RemoteError? Call(SessionClient client, LockProcedure procedure, uint flags, bool registered, bool spaceFits)
    {
        return procedure switch
        {
            // What counts as registered when registering is the id that comes with the call.
            LockProcedure.Register => client.Register(domainId: registered ? 7u : 0, flags: flags),
            LockProcedure.Restrict => client.Restrict(flags),
            LockProcedure.NewLockSpace => client.NewLockSpace(spaceFits ? "/new" : "", flags),
            LockProcedure.CreateLockSpace => client.CreateLockSpace("/new"),
            _ => client.OnResource(procedure, "/disk", flags, spaceFits ? "" : "/missing"),
        };
    }

    private static byte[] Packet(LockProcedure procedure, MessageType type, MessageStatus status, uint version = 1)
    {
        var output = new ByteQueue();
        var header = new PacketHeader(ProtocolConstants.LockProgram, version, (int)procedure, type, Serial: 3, status);
        PacketWriter.Write(output, header, body: default);
        return output.Unread.ToArray();
    }
}
