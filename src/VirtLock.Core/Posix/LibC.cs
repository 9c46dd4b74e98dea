using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace VirtLock.Posix;

/// <summary>
/// The calls of Linux's C library that are needed, without marshalling: declarations only, under their C names, one file per header. Every
/// function returns what C's returns; on failure <see cref="LastError"/> must be read before any other call.
/// </summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc";

    /// <summary>C's errno as the last call of this class left it.</summary>
    internal static int LastError => Marshal.GetLastSystemError();
}
