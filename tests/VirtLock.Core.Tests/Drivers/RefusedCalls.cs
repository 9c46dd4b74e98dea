using System.Runtime.InteropServices;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// Has the kernel refuse one kind of system call to one thread, by a seccomp filter: what a file system or an old kernel would refuse. No
/// privilege is needed, and the filter ends with the thread.
/// </summary>
internal static unsafe partial class RefusedCalls
{
    private const int EIO = 5;
    private const int EINVAL = 22;
    private const int PR_SET_SECCOMP = 22;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const int SECCOMP_MODE_FILTER = 2;
    private const uint SECCOMP_RET_ERRNO = 0x00050000;
    private const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;

    /// <summary>Where struct seccomp_data has the arguments, behind number, architecture and address.</summary>
    private const uint ArgumentsOffset = 16;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64;

    /// <summary>fcntl with F_OFD_SETLK.</summary>
    internal static Call OpenFileLock { get; } = new(IsArm ? 25u : 72u, Argument: 1, Value: 37, Errno: EINVAL);

    /// <summary>newfstatat by a path, without AT_EMPTY_PATH: what stat(3) is.</summary>
    internal static Call StatByName { get; } = new(IsArm ? 79u : 262u, Argument: 3, Value: 0, Errno: EIO);

    internal static T Run<T>(Call refused, Func<T> action)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Refuse(refused);
                result = action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new InvalidOperationException("It failed on the thread with the filter.", failure);
    }

    private static void Refuse(Call call)
    {
        Instruction* code = stackalloc Instruction[]
        {
            new(LoadWord, 0, 0, 0),
            new(JumpIfEqual, 0, 3, call.Number),
            new(LoadWord, 0, 0, ArgumentsOffset + (8 * call.Argument)),
            new(JumpIfEqual, 0, 1, call.Value),
            new(Return, 0, 0, SECCOMP_RET_ERRNO | call.Errno),
            new(Return, 0, 0, SECCOMP_RET_ALLOW),
        };
        var program = new FilterProgram { Length = 6, Code = code };
        Assert.That(Control(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), Is.Zero);
        Assert.That(Control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nint)(&program), 0, 0), Is.Zero);
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    /// <summary>A system call that is refused when one argument has one value.</summary>
    internal sealed record Call(uint Number, uint Argument, uint Value, uint Errno);

    /// <summary>struct sock_filter of linux/filter.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instruction(ushort code, byte ifTrue, byte ifFalse, uint value)
    {
        private readonly ushort _code = code;
        private readonly byte _ifTrue = ifTrue;
        private readonly byte _ifFalse = ifFalse;
        private readonly uint _value = value;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        internal ushort Length;
        internal Instruction* Code;
    }
}
