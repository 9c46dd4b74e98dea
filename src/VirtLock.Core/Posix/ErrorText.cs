using System.Runtime.InteropServices;

namespace VirtLock.Posix;

/// <summary>The system's words for an errno, whatever its number.</summary>
internal static class ErrorText
{
    internal static string Of(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
