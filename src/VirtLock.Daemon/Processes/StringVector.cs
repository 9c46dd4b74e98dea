using System.Runtime.InteropServices;

namespace VirtLock.Daemon.Processes;

/// <summary>Strings as execve(2) takes argv and envp: an array of pointers with a null behind the last.</summary>
internal sealed unsafe class StringVector : IDisposable
{
    /// <param name="terminated">The strings, each ended by NUL.</param>
    internal StringVector(IReadOnlyList<byte[]> terminated)
    {
        int size = terminated.Sum(text => text.Length);
        Pointer = (byte**)NativeMemory.Alloc((nuint)(((terminated.Count + 1) * sizeof(byte*)) + size));
        byte* next = (byte*)(Pointer + terminated.Count + 1);
        for (int i = 0; i < terminated.Count; i++)
        {
            Pointer[i] = next;
            terminated[i].CopyTo(new Span<byte>(next, terminated[i].Length));
            next += terminated[i].Length;
        }

        Pointer[terminated.Count] = null;
    }

    internal byte** Pointer { get; }

    public void Dispose() => NativeMemory.Free(Pointer);
}
