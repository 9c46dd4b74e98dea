using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// Serves a file system of its own over /dev/fuse, in which every name is a file, until it is told to hang: then it answers nobody, and who
/// asks it waits in the kernel, as with storage that has gone away. Usage: serve-files DIRECTORY; obeys the lines "hang" and "serve" and
/// ends with its input, which frees all who wait. Needs root.
/// </summary>
internal static unsafe partial class FileSystemServer
{
    private const int RequestSize = 256 * 1024;
    private const int RequestHeaderSize = 40;
    private const int ReplyHeaderSize = 16;
    private const ulong Root = 1;
    private const uint DirectoryMode = 0x41ED; // S_IFDIR, 0755
    private const uint FileMode = 0x81B6; // S_IFREG, 0666
    private const int ENOSYS = 38;

    private static readonly List<string> Names = [];
    private static readonly ManualResetEventSlim Serving = new(true);

    /// <summary>The requests of fuse(4) that are answered otherwise than by ENOSYS.</summary>
    private enum Request : uint
    {
        Lookup = 1,
        Forget = 2,
        GetAttributes = 3,
        Open = 14,
        StatFileSystem = 17,
        Release = 18,
        Flush = 25,
        Initialise = 26,
        OpenDirectory = 27,
        ReadDirectory = 28,
        ReleaseDirectory = 29,
        Access = 34,
        Interrupt = 36,
        ForgetMany = 42,
    }

    public static int Run(string[] args)
    {
        const int O_RDWR = 2;
        const int O_CLOEXEC = 0x80000;
        int device = Open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (device < 0 || Mount("virtlock-test", args[0], "fuse", 0, $"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other") < 0)
        {
            Console.Error.WriteLine($"mounting failed with errno {Marshal.GetLastPInvokeError()}");
            return 1;
        }

        new Thread(() => Serve(device)) { IsBackground = true }.Start();
        Console.Out.WriteLine($"ready {Environment.ProcessId}");
        while (Console.In.ReadLine() is { } command)
        {
            if (command == "hang")
            {
                Serving.Reset();
            }
            else
            {
                Serving.Set();
            }

            Console.Out.WriteLine("ok");
        }

        return 0;
    }

    private static void Serve(int device)
    {
        byte[] request = new byte[RequestSize];
        while (true)
        {
            nint length = Read(device, request, (nuint)request.Length);
            if (length < RequestHeaderSize)
            {
                continue;
            }

            Serving.Wait();
            var kind = (Request)BitConverter.ToUInt32(request, 4);
            if (kind is Request.Forget or Request.ForgetMany or Request.Interrupt)
            {
                continue;
            }

            ulong node = BitConverter.ToUInt64(request, 16);
            (int error, byte[] body) = Answer(kind, node, request.AsSpan(RequestHeaderSize..(int)length));
            byte[] reply = new byte[ReplyHeaderSize + body.Length];
            BinaryPrimitives.WriteInt32LittleEndian(reply, reply.Length);
            BinaryPrimitives.WriteInt32LittleEndian(reply.AsSpan(4), -error);
            request.AsSpan(8, sizeof(ulong)).CopyTo(reply.AsSpan(8));
            body.CopyTo(reply.AsSpan(ReplyHeaderSize));
            _ = Write(device, reply, (nuint)reply.Length);
        }
    }

    private static (int Error, byte[] Body) Answer(Request kind, ulong node, ReadOnlySpan<byte> arguments) => kind switch
    {
        // Protocol 7.31, no capabilities: locks are the kernel's own.
        Request.Initialise => (0, Words(16, 7, 31, 65536, 0, 0, 65536, 1)),
        Request.Lookup => (0, Entry(Encoding.UTF8.GetString(arguments[..^1]))),
        Request.GetAttributes => (0, [.. new byte[16], .. Attributes(node)]),
        Request.Open or Request.OpenDirectory => (0, new byte[16]),
        Request.ReadDirectory or Request.Release or Request.ReleaseDirectory or Request.Flush or Request.Access => (0, []),
        Request.StatFileSystem => (0, new byte[80]),
        _ => (ENOSYS, []),
    };

    /// <summary>What a name leads to; nothing of it may be kept in the kernel's caches.</summary>
    private static byte[] Entry(string name)
    {
        if (!Names.Contains(name))
        {
            Names.Add(name);
        }

        ulong node = Root + 1 + (ulong)Names.IndexOf(name);
        byte[] entry = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, node);
        return [.. entry, .. Attributes(node)];
    }

    private static byte[] Attributes(ulong node)
    {
        byte[] attributes = new byte[88];
        BinaryPrimitives.WriteUInt64LittleEndian(attributes, node);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes.AsSpan(60), node == Root ? DirectoryMode : FileMode);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes.AsSpan(64), 1);
        return attributes;
    }

    private static byte[] Words(int count, params uint[] values)
    {
        byte[] bytes = new byte[count * sizeof(uint)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), values[i]);
        }

        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte[] buffer, nuint count);
}
