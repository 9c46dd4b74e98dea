using System.Runtime.InteropServices;
using VirtLock.Protocol;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// The buffers that every connection of the loop uses in its turn; what a turn leaves over is kept by the connection, so a quiet client
/// costs no buffer. Lives as long as the process.
/// </summary>
internal sealed unsafe class TransferBuffers
{
    /// <summary>
    /// How much is read from one client in one turn, in bytes: some sixty requests. It bounds how long a client that pipelines keeps the
    /// others waiting.
    /// </summary>
    internal const int TurnSize = 4096;

    /// <summary>How much is read when a larger packet is under way.</summary>
    internal const int InputSize = 65536;

    internal byte* Input { get; } = (byte*)NativeMemory.Alloc(InputSize);

    internal ByteQueue Output { get; } = new();

    /// <summary>What a turn has left over, at all connections.</summary>
    internal KeptInput Kept { get; init; } = new();
}
