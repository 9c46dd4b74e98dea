using Mono.Unix.Native;

namespace VirtLock.Posix;

/// <summary>The system's words for an errno.</summary>
internal static class ErrorText
{
    internal static string Of(int errno) => Stdlib.strerror(NativeConvert.ToErrno(errno));
}
