using System.Runtime.InteropServices;

namespace VirtLock.Posix;

/// <summary>The system's words for an errno, whatever its number: Mono.Unix throws at those that it has no name for.</summary>
internal static class ErrorText
{
    internal static string Of(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
