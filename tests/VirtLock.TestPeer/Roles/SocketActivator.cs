using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// Starts a program as a service manager with socket activation does: listening sockets from descriptor 3 on, LISTEN_PID naming the very
/// process. Usage: activate NAMES SOCKET... -- PROGRAM ARGUMENT...; "-" for NAMES announces none.
/// </summary>
internal static unsafe partial class SocketActivator
{
    private const int FirstDescriptor = 3;

    public static int Run(string[] args)
    {
        int separator = Array.IndexOf(args, "--");
        string names = args[0];
        string[] sockets = args[1..separator];
        string[] command = args[(separator + 1)..];

        List<Socket> listeners = [];
        foreach (string path in sockets)
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen(30);
            listeners.Add(socket);
        }

        Dictionary<string, string> environment = [];
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? string.Empty;
        }

        environment["LISTEN_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        environment["LISTEN_FDS"] = listeners.Count.ToString(CultureInfo.InvariantCulture);
        if (names != "-")
        {
            environment["LISTEN_FDNAMES"] = names;
        }

        // Two steps, so that no listener is overwritten before its turn; the copies of the second step are not close-on-exec.
        int[] copies = [.. listeners.Select(socket => Duplicate((int)socket.Handle, FirstDescriptor + 1000))];
        for (int i = 0; i < copies.Length; i++)
        {
            if (copies[i] < 0 || DuplicateOnto(copies[i], FirstDescriptor + i) < 0)
            {
                Console.Error.WriteLine($"dup failed with errno {Marshal.GetLastPInvokeError()}");
                return 1;
            }
        }

        Execute(command[0], CStrings(command), CStrings([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]));
        Console.Error.WriteLine($"execve failed with errno {Marshal.GetLastPInvokeError()}");
        return 1;
    }

    private static int Duplicate(int descriptor, int atLeast)
    {
        const int F_DUPFD_CLOEXEC = 1030;
        return Control(descriptor, F_DUPFD_CLOEXEC, atLeast);
    }

    internal static byte** CStrings(string[] values)
    {
        byte** array = (byte**)NativeMemory.AllocZeroed((nuint)(values.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < values.Length; i++)
        {
            array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        }

        return array;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateOnto(int from, int to);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Execute(string path, byte** arguments, byte** environment);
}
