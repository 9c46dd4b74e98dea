using VirtLock.Daemon.Admin;
using VirtLock.Protocol;

namespace VirtLock.Daemon.Tests.Admin;

/// <summary>What the admin socket answers: keepalive, and that it knows no procedure.</summary>
[TestFixture]
internal sealed class AdminSessionTests
{
    [Test]
    public void Ping_is_answered()
    {
        var pong = new ByteQueue();
        Keepalive.WritePong(pong);

        Assert.That(
            Exchange(new PacketHeader(
                ProtocolConstants.KeepaliveProgram, 1, (int)KeepaliveProcedure.Ping, MessageType.Message, 0, MessageStatus.Ok)),
            Is.EqualTo(pong.Unread.ToArray()));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(17)]
    public void Every_procedure_is_unknown(int procedure)
    {
        Assert.That(
            Error(ProtocolConstants.AdminProgram, procedure), Does.Contain($"unknown procedure: {procedure}"));
    }

    [Test]
    public void Lock_program_is_not_served_here()
    {
        Assert.That(
            Error(ProtocolConstants.LockProgram, 1), Does.Contain($"Cannot find program {ProtocolConstants.LockProgram} version 1"));
    }

    [Test]
    public void Refusals_are_reported()
    {
        var refused = new List<RemoteError>();
        var session = new AdminSession { Refused = refused.Add };

        Exchange(Call(ProtocolConstants.AdminProgram, 1), session);

        Assert.That(refused.Select(error => error.Code), Is.EqualTo(new[] { ErrorCode.Rpc }));
    }

    private static PacketHeader Call(uint program, int procedure) => new(program, 1, procedure, MessageType.Call, 7, MessageStatus.Ok);

    private static string Error(uint program, int procedure)
    {
        PacketFramer.TryRead(
            Exchange(Call(program, procedure)), out PacketHeader header, out ReadOnlySpan<byte> body, out _);
        Assert.That(header, Is.EqualTo(Call(program, procedure).Reply(MessageStatus.Error)));
        Assert.That(RemoteError.TryDecode(body, out RemoteError? error), Is.True);
        return error!.Message;
    }

    private static byte[] Exchange(PacketHeader header, AdminSession? session = null)
    {
        var output = new ByteQueue();
        (session ?? new AdminSession()).Handle(header, [], output);
        return output.Unread.ToArray();
    }
}
