using System.Text;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>A client without a socket: its calls go straight to a <see cref="LockSession"/>.</summary>
internal sealed class SessionClient(LockTable table, Action<RemoteError>? refused = null)
{
    private static readonly byte[] Uuid = [.. Enumerable.Range(0, 16).Select(number => (byte)number)];

    private uint _serial;

    public LockSession Session { get; } = new(table) { Refused = refused };

    public uint Pid { get; private set; }

    /// <summary>A client that has registered.</summary>
    public static SessionClient Registered(
        LockTable table, uint pid = 424242, string name = "demo", Action<RemoteError>? refused = null)
    {
        var client = new SessionClient(table, refused);
        Assert.That(client.Register(pid, name), Is.Null);
        return client;
    }

    public RemoteError? Register(uint pid = 424242, string name = "demo", uint domainId = 7, uint flags = 0)
    {
        Pid = pid;
        var output = new ByteQueue();
        CallWriter.Write(
            output, LockProcedure.Register, _serial++, new RegisterArguments(Uuid, Encoding.UTF8.GetBytes(name), domainId, pid, flags));
        return ErrorOf(Exchange(output.Unread));
    }

    public RemoteError? Restrict(uint flags = 0)
    {
        var output = new ByteQueue();
        CallWriter.Write(output, LockProcedure.Restrict, _serial++, new RestrictArguments(flags));
        return ErrorOf(Exchange(output.Unread));
    }

    public RemoteError? NewLockSpace(string path, uint flags = 0)
    {
        var output = new ByteQueue();
        CallWriter.Write(output, LockProcedure.NewLockSpace, _serial++, new LockSpaceArguments(Encoding.UTF8.GetBytes(path), flags));
        return ErrorOf(Exchange(output.Unread));
    }

    public RemoteError? CreateLockSpace(string path)
    {
        var output = new ByteQueue();
        CallWriter.Write(output, LockProcedure.CreateLockSpace, _serial++, new CreateLockSpaceArguments(Encoding.UTF8.GetBytes(path)));
        return ErrorOf(Exchange(output.Unread));
    }

    public RemoteError? Acquire(string name, AcquireFlags flags = AcquireFlags.None, string path = "") =>
        OnResource(LockProcedure.AcquireResource, name, (uint)flags, path);

    public RemoteError? Release(string name, string path = "") => OnResource(LockProcedure.ReleaseResource, name, 0, path);

    public RemoteError? OnResource(LockProcedure procedure, string name, uint flags = 0, string path = "") =>
        ErrorOf(Exchange(ResourceCall(procedure, name, flags, path)));

    /// <summary>The bytes of a call on a resource.</summary>
    public byte[] ResourceCall(LockProcedure procedure, string name, uint flags = 0, string path = "")
    {
        var output = new ByteQueue();
        CallWriter.Write(
            output, procedure, _serial++, new ResourceArguments(Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(name), flags));
        return output.Unread.ToArray();
    }

    /// <summary>Sends one frame and returns all that comes back.</summary>
    public byte[] Exchange(ReadOnlySpan<byte> frame)
    {
        byte[] reply = Exchange(frame, out PendingReply? pending);
        Assert.That(pending, Is.Null, "the reply comes at once");
        return reply;
    }

    /// <summary>Sends one frame and returns what comes back at once.</summary>
    public byte[] Exchange(ReadOnlySpan<byte> frame, out PendingReply? pending)
    {
        FrameStatus status = PacketFramer.TryRead(frame, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
        Assert.That(status, Is.EqualTo(FrameStatus.Complete));
        var output = new ByteQueue();
        pending = Session.Handle(header, body, output);
        return output.Unread.ToArray();
    }

    /// <summary>The error in a reply; null in a void one.</summary>
    public static RemoteError? ErrorOf(ReadOnlySpan<byte> reply)
    {
        FrameStatus status = PacketFramer.TryRead(reply, out PacketHeader header, out ReadOnlySpan<byte> body, out int consumed);
        Assert.That(status, Is.EqualTo(FrameStatus.Complete));
        Assert.That(consumed, Is.EqualTo(reply.Length), "one reply");
        Assert.That(header.Type, Is.EqualTo(MessageType.Reply));
        if (header.Status == MessageStatus.Ok)
        {
            Assert.That(body.Length, Is.Zero);
            return null;
        }

        Assert.That(RemoteError.TryDecode(body, out RemoteError? error), Is.True);
        return error;
    }
}
