using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using VirtLock.Client;
using VirtLock.Core.Tests.InProcess;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Client;

/// <summary>
/// Peers that answer late, wrongly or not at all: a typed exception each time, and the connection ends when it can't be trusted.
/// </summary>
internal sealed class HostileServerTests
{
    private static IEnumerable<TestCaseData> Violations()
    {
        yield return Violation(
            "a serial that nobody waits for", (call, output) => ReplyWriter.WriteVoid(output, call with { Serial = 77 }));
        yield return Violation("another procedure", (call, output) => ReplyWriter.WriteVoid(output, call with { Procedure = 3 }));
        yield return Violation("another program", (call, output) => ReplyWriter.WriteVoid(output, call with { Program = 1 }));
        yield return Violation("a call instead of a reply", (call, output) => PacketWriter.Write(output, call, default));
        yield return Violation("an unknown status", (call, output) => PacketWriter.Write(output, call.Reply((MessageStatus)9), default));
        yield return Violation(
            "an error that does not decode", (call, output) => PacketWriter.Write(output, call.Reply(MessageStatus.Error), [1, 2, 3]));
        yield return Violation("a length word below the least", (_, output) => output.Write(new byte[] { 0, 0, 0, 3 }));
        yield return Violation("a length word beyond the most", (_, output) => output.Write("HTTP/1.1 400 Bad Request"u8));
        yield return Violation("the promise of 31 MiB", (_, output) => output.Write(new byte[] { 1, 0xF0, 0, 0 }));
        yield return Violation("the same answer twice", (call, output) =>
        {
            ReplyWriter.WriteVoid(output, call with { Serial = 0, Procedure = (int)LockProcedure.Register });
            ReplyWriter.WriteVoid(output, call);
        });
    }

    [TestCaseSource(nameof(Violations))]
    public async Task Peer_that_breaks_the_protocol_ends_the_connection_with_a_typed_exception(
        Action<PacketHeader, ArrayBufferWriter<byte>> violate)
    {
        using var server = new ScriptedServer((call, output) =>
        {
            if (call.Procedure == (int)LockProcedure.Register)
            {
                ReplyWriter.WriteVoid(output, call);
            }
            else
            {
                violate(call, output);
            }
        });
        await using LockClient client = NewClient(server);

        LockProtocolException violation = (await Assert.ThrowsAsync<LockProtocolException>(
            () => client.CreateResourceAsync("/a").WaitAsync(Patience.Bound)))!;

        Assert.That(violation.IsOutcomeUnknown, Is.True);
        Assert.That(client.IsConnected, Is.False);
        await server.Served.WaitAsync(Patience.Bound);
    }

    [Test]
    public async Task Peer_that_hangs_up_in_the_middle_leaves_the_outcome_unknown()
    {
        ScriptedServer server = null!;
        server = new ScriptedServer((call, output) =>
        {
            if (call.Procedure == (int)LockProcedure.Register)
            {
                ReplyWriter.WriteVoid(output, call);
            }
            else
            {
                server.Send([0, 0, 0]);
                server.Dispose();
            }
        });
        await using LockClient client = NewClient(server);

        LockConnectionException lost = (await Assert.ThrowsAsync<LockConnectionException>(
            () => client.CreateResourceAsync("/a").WaitAsync(Patience.Bound)))!;

        Assert.That(lost.IsOutcomeUnknown, Is.True);
    }

    [Test]
    public async Task Refused_registration_is_told_with_its_code()
    {
        using var server = new ScriptedServer((call, output) => ReplyWriter.WriteError(
            output, call, RemoteError.Ordinary(ErrorCode.OperationInvalid, ErrorDomain.Rpc, "no")));
        await using LockClient client = NewClient(server);

        LockRefusedException refused = (await Assert.ThrowsAsync<LockRefusedException>(() => client.ConnectAsync()))!;

        Assert.That(refused.Code, Is.EqualTo(ErrorCode.OperationInvalid));
    }

    [Test]
    public async Task Ping_is_answered_with_a_pong()
    {
        var pong = new TaskCompletionSource<PacketHeader>();
        using var server = new ScriptedServer((call, output) =>
        {
            if (Keepalive.IsKeepalive(call))
            {
                pong.TrySetResult(call);
                return;
            }

            ReplyWriter.WriteVoid(output, call);
            Keepalive.WritePing(output);
        });
        await using LockClient client = NewClient(server);

        await client.ConnectAsync();

        Assert.That((await pong.Task.WaitAsync(Patience.Bound)).Procedure, Is.EqualTo((int)KeepaliveProcedure.Pong));
    }

    [Test]
    public async Task Grant_that_comes_after_the_timeout_is_given_back()
    {
        var time = new FakeTimeProvider();
        var acquire = new TaskCompletionSource<PacketHeader>();
        var release = new TaskCompletionSource();
        using var server = new ScriptedServer((call, output) =>
        {
            switch ((LockProcedure)call.Procedure)
            {
                case LockProcedure.AcquireResource:
                    acquire.SetResult(call);
                    break;
                case LockProcedure.ReleaseResource:
                    release.SetResult();
                    goto default;
                default:
                    ReplyWriter.WriteVoid(output, call);
                    break;
            }
        });
        await using LockClient client = NewClient(server, time);
        Task<ILease> attempt = client.AcquireAsync("/a");
        PacketHeader call = await acquire.Task.WaitAsync(Patience.Bound);

        Patience.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(31));
                return attempt.IsCompleted;
            },
            "the call times out");
        Assert.That(async () => await attempt, Throws.InstanceOf<TimeoutException>());
        var late = new ArrayBufferWriter<byte>();
        ReplyWriter.WriteVoid(late, call);
        server.Send(late.WrittenSpan);

        await release.Task.WaitAsync(Patience.Bound);
    }

    private static TestCaseData Violation(string what, Action<PacketHeader, ArrayBufferWriter<byte>> violate) =>
        new TestCaseData(violate).SetArgDisplayNames(what);

    private static LockClient NewClient(ScriptedServer server, TimeProvider? time = null) =>
        new(new LockClientOptions { SocketPath = server.SocketPath, Owner = LockOwner.Process(7, "guest") }, time);
}
