using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

/// <summary>Takes lock calls apart by their procedure, for tests that run over all of them.</summary>
internal static class LockCalls
{
    public static bool CanDecode(int procedure, ReadOnlySpan<byte> body) => (LockProcedure)procedure switch
    {
        LockProcedure.Register => RegisterArguments.TryDecode(body, out _),
        LockProcedure.Restrict => RestrictArguments.TryDecode(body, out _),
        LockProcedure.NewLockSpace => LockSpaceArguments.TryDecode(body, out _),
        LockProcedure.CreateLockSpace => CreateLockSpaceArguments.TryDecode(body, out _),
        _ => ResourceArguments.TryDecode(body, out _),
    };

    public static byte[] DecodeAndEncode(ReadOnlySpan<byte> frame)
    {
        var output = new ByteQueue();
        PacketFramer.TryRead(frame, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
        var procedure = (LockProcedure)header.Procedure;
        switch (procedure)
        {
            case LockProcedure.Register:
                Assert.That(RegisterArguments.TryDecode(body, out RegisterArguments register), Is.True);
                CallWriter.Write(output, procedure, header.Serial, register);
                break;
            case LockProcedure.Restrict:
                Assert.That(RestrictArguments.TryDecode(body, out RestrictArguments restrict), Is.True);
                CallWriter.Write(output, procedure, header.Serial, restrict);
                break;
            case LockProcedure.NewLockSpace:
                Assert.That(LockSpaceArguments.TryDecode(body, out LockSpaceArguments space), Is.True);
                CallWriter.Write(output, procedure, header.Serial, space);
                break;
            case LockProcedure.CreateLockSpace:
                Assert.That(CreateLockSpaceArguments.TryDecode(body, out CreateLockSpaceArguments create), Is.True);
                CallWriter.Write(output, procedure, header.Serial, create);
                break;
            default:
                Assert.That(ResourceArguments.TryDecode(body, out ResourceArguments resource), Is.True);
                CallWriter.Write(output, procedure, header.Serial, resource);
                break;
        }

        return output.Unread.ToArray();
    }
}
