using System.Runtime.InteropServices;

namespace VirtLock.TestPeer.Wire;

/// <summary>sendmsg with one SCM_RIGHTS descriptor, which the class library does not offer.</summary>
internal static unsafe partial class DescriptorMessage
{
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int MSG_NOSIGNAL = 0x4000;

    public static void Send(int socket, int descriptor)
    {
        byte payload = 0;
        IoVector vector = new() { Base = &payload, Length = 1 };
        Control control = new() { Length = 20, Level = SOL_SOCKET, Type = SCM_RIGHTS, Descriptor = descriptor };
        MessageHeader header = new()
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(Control),
        };

        if (SendMessage(socket, &header, MSG_NOSIGNAL) != 1)
        {
            throw new IOException($"sendmsg failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, MessageHeader* header, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        public int Padding;
    }
}
