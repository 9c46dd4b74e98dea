using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using VirtLock.TestPeer.Locks;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// A daemon's predecessor, as a test wants it: holds descriptors of fixed numbers, leaves a document that need not be true, and executes
/// the daemon in its own process. Usage: precede STATE-FILE DOCUMENT [NUMBER=KIND:PATH]... -- PROGRAM ARGUMENT..., where KIND is listen,
/// accept (one client of the listening socket before), open, or a lock as in posix-exclusive and ofd-shared. @PID@ in the document becomes
/// this process's id; the document - is read from the input as it is, and the input's end starts the daemon.
/// </summary>
internal static unsafe partial class Predecessor
{
    /// <summary>Keeps what was opened alive until the daemon takes its place.</summary>
    private static readonly List<object> Held = [];

    public static int Run(string[] args)
    {
        int separator = Array.IndexOf(args, "--");
        foreach (string item in args[2..separator])
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            int colon = item.IndexOf(':', StringComparison.Ordinal);
            Open(int.Parse(item[..equals], CultureInfo.InvariantCulture), item[(equals + 1)..colon], item[(colon + 1)..]);
        }

        byte[] document = args[1] == "-" ? ReadInput() : System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(args[1]).Replace(
            "@PID@", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        using (FileStream file = new(args[0], new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(document);
        }

        string[] command = args[(separator + 1)..];
        Execute(command[0], CStrings(command), CStrings([.. Environment.GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>().Select(pair => $"{pair.Key}={pair.Value}")]));
        Console.Error.WriteLine($"execve failed with errno {Marshal.GetLastPInvokeError()}");
        return 1;
    }

    private static byte[] ReadInput()
    {
        Console.WriteLine("ready");
        using Stream input = Console.OpenStandardInput();
        using MemoryStream document = new();
        input.CopyTo(document);
        return document.ToArray();
    }

    private static void Open(int number, string kind, string path)
    {
        switch (kind)
        {
            case "listen":
                Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                listener.Bind(new UnixDomainSocketEndPoint(path));
                listener.Listen(30);
                Held.Add(listener);
                Duplicate((int)listener.Handle, number);
                break;
            case "accept":
                Socket client = Held.OfType<Socket>()
                    .Last(socket => socket.LocalEndPoint is not null && socket.RemoteEndPoint is null)
                    .Accept();
                Held.Add(client);
                Duplicate((int)client.Handle, number);
                break;
            default:
                LockFile file = new(path);
                Held.Add(file);
                file.MoveTo(number);
                if (kind != "open" && !file.TryLock(
                    kind.StartsWith("posix", StringComparison.Ordinal) ? LockKind.Posix : LockKind.OpenFile,
                    kind.EndsWith("shared", StringComparison.Ordinal)))
                {
                    throw new IOException($"{path} is locked by somebody else.");
                }

                break;
        }
    }

    private static void Duplicate(int from, int to)
    {
        if (DuplicateOnto(from, to) < 0)
        {
            throw new IOException($"dup2 failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    private static byte** CStrings(string[] values)
    {
        byte** array = (byte**)NativeMemory.AllocZeroed((nuint)(values.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < values.Length; i++)
        {
            array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        }

        return array;
    }

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateOnto(int from, int to);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, byte** arguments, byte** environment);
}
