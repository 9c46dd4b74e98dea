using System.Runtime.InteropServices;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// Executes a program as on a kernel before Linux 6.5, which does not know SO_PEERPIDFD: a seccomp filter answers ENOPROTOOPT, for the
/// program and all that it executes. Of x86-64. Usage: old-kernel PROGRAM ARGUMENT...
/// </summary>
internal static unsafe partial class OldKernel
{
    public static int Run(string[] command)
    {
        const int PR_SET_SECCOMP = 22;
        const int PR_SET_NO_NEW_PRIVS = 38;
        const int SECCOMP_MODE_FILTER = 2;
        Instruction* filter = stackalloc Instruction[]
        {
            new(LoadWord, 0, 0, NumberOffset),
            new(JumpIfEqual, 0, 3, SYS_getsockopt),
            new(LoadWord, 0, 0, ThirdArgumentOffset),
            new(JumpIfEqual, 0, 1, SO_PEERPIDFD),
            new(Return, 0, 0, SECCOMP_RET_ERRNO | ENOPROTOOPT),
            new(Return, 0, 0, SECCOMP_RET_ALLOW),
        };
        var program = new Program { Length = 6, Filter = filter };
        if (Control(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || Control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nint)(&program), 0, 0) != 0)
        {
            Console.Error.WriteLine($"prctl failed with errno {Marshal.GetLastPInvokeError()}");
            return 1;
        }

        SocketActivator.Execute(command[0], SocketActivator.CStrings(command), Environment());
        Console.Error.WriteLine($"execve failed with errno {Marshal.GetLastPInvokeError()}");
        return 1;
    }

    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const uint NumberOffset = 0;
    private const uint ThirdArgumentOffset = 32;
    private const uint SYS_getsockopt = 55;
    private const uint SO_PEERPIDFD = 77;
    private const uint ENOPROTOOPT = 92;
    private const uint SECCOMP_RET_ERRNO = 0x00050000;
    private const uint SECCOMP_RET_ALLOW = 0x7fff0000;

    private static byte** Environment() => SocketActivator.CStrings(
    [
        .. System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(variable => $"{variable.Key}={variable.Value}"),
    ]);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nint second, nint third, nint fourth, nint fifth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instruction(ushort code, byte ifTrue, byte ifFalse, uint operand)
    {
        private readonly ushort _code = code;
        private readonly byte _ifTrue = ifTrue;
        private readonly byte _ifFalse = ifFalse;
        private readonly uint _operand = operand;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        internal ushort Length;
        internal Instruction* Filter;
    }
}
