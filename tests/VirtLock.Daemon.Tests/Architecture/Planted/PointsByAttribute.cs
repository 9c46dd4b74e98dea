using System.Diagnostics;
using VirtLock.Daemon.EventLoop;

namespace VirtLock.Daemon.Tests.Architecture.Planted;

[DebuggerTypeProxy(typeof(EpollLoop))]
internal static class PointsByAttribute;
