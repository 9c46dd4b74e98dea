using System.Buffers;

namespace VirtLock.Protocol;

/// <summary>Writes the requests of a client of the lock program, whole frames each.</summary>
internal static class CallWriter
{
    /// <summary>Appends a call of <see cref="LockProcedure.Register"/>.</summary>
    /// <exception cref="ArgumentException">The procedure takes other arguments, or they have no UUID.</exception>
    public static void Write(IBufferWriter<byte> output, LockProcedure procedure, uint serial, in RegisterArguments arguments)
    {
        Require(procedure is LockProcedure.Register, procedure);
        ArgumentLimits.Uuid(arguments.Uuid, nameof(arguments));
        XdrWriter writer = Start(output, procedure, serial, arguments.EncodedSize);
        arguments.Encode(ref writer);
    }

    /// <summary>Appends a call of <see cref="LockProcedure.Restrict"/>.</summary>
    /// <exception cref="ArgumentException">The procedure takes other arguments.</exception>
    public static void Write(IBufferWriter<byte> output, LockProcedure procedure, uint serial, in RestrictArguments arguments)
    {
        Require(procedure is LockProcedure.Restrict, procedure);
        XdrWriter writer = Start(output, procedure, serial, RestrictArguments.EncodedSize);
        arguments.Encode(ref writer);
    }

    /// <summary>Appends a call of <see cref="LockProcedure.NewLockSpace"/>.</summary>
    /// <exception cref="ArgumentException">The procedure takes other arguments.</exception>
    public static void Write(IBufferWriter<byte> output, LockProcedure procedure, uint serial, in LockSpaceArguments arguments)
    {
        Require(procedure is LockProcedure.NewLockSpace, procedure);
        XdrWriter writer = Start(output, procedure, serial, arguments.EncodedSize);
        arguments.Encode(ref writer);
    }

    /// <summary>Appends a call of <see cref="LockProcedure.CreateLockSpace"/>.</summary>
    /// <exception cref="ArgumentException">The procedure takes other arguments.</exception>
    public static void Write(IBufferWriter<byte> output, LockProcedure procedure, uint serial, in CreateLockSpaceArguments arguments)
    {
        Require(procedure is LockProcedure.CreateLockSpace, procedure);
        XdrWriter writer = Start(output, procedure, serial, arguments.EncodedSize);
        arguments.Encode(ref writer);
    }

    /// <summary>Appends a call that creates, deletes, acquires or releases a resource.</summary>
    /// <exception cref="ArgumentException">The procedure takes other arguments.</exception>
    public static void Write(IBufferWriter<byte> output, LockProcedure procedure, uint serial, in ResourceArguments arguments)
    {
        Require(procedure is >= LockProcedure.CreateResource and <= LockProcedure.ReleaseResource, procedure);
        XdrWriter writer = Start(output, procedure, serial, arguments.EncodedSize);
        arguments.Encode(ref writer);
    }

    private static void Require(bool matches, LockProcedure procedure)
    {
        if (!matches)
        {
            throw new ArgumentException($"The procedure {procedure} does not take these arguments.", nameof(procedure));
        }
    }

    private static XdrWriter Start(IBufferWriter<byte> output, LockProcedure procedure, uint serial, int bodySize)
    {
        ArgumentNullException.ThrowIfNull(output);
        var header = new PacketHeader(
            ProtocolConstants.LockProgram, ProtocolConstants.LockVersion, (int)procedure, MessageType.Call, serial, MessageStatus.Ok);
        PacketWriter.WriteStart(output, header, bodySize);
        return new XdrWriter(output);
    }
}
