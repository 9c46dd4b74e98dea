using Microsoft.Extensions.Logging;
using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Listening;

/// <summary>What the servers of one loop use together.</summary>
internal sealed record ServerEnvironment(
    EpollLoop Loop, TransferBuffers Buffers, HolderInquiry Holders, TimeProvider Time, ILogger Logger);
