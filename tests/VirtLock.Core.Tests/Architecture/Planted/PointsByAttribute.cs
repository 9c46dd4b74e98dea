using System.Diagnostics;
using VirtLock.Posix;

namespace VirtLock.Core.Tests.Architecture.Planted;

[DebuggerTypeProxy(typeof(LibC))]
internal static class PointsByAttribute;
