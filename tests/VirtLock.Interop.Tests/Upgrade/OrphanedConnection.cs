using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using VirtLock.TestKit.Processes;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>
/// A connection whose peer is dead, as far as the kernel tells the daemon: another process made it, was robbed of a copy of the socket, and
/// is gone.
/// </summary>
internal static unsafe partial class OrphanedConnection
{
    private const nint PidfdOpen = 434;
    private const nint PidfdGetfd = 438;

    public static Socket Make(string socketPath)
    {
        Socket socket;
        using (Peer peer = Peer.Start())
        {
            peer.Must($"connect {socketPath}");
            int process = Check(SystemCall(PidfdOpen, peer.Id, 0, 0), "pidfd_open");
            int copy = Check(SystemCall(PidfdGetfd, process, SocketOf(peer.Id), 0), "pidfd_getfd");
            _ = Close(process);
            socket = new Socket(new SafeSocketHandle(copy, ownsHandle: true));
        }

        return socket;
    }

    private static int SocketOf(int pid) => Directory
        .GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd"))
        .Where(entry => File.ResolveLinkTarget(entry, returnFinalTarget: false)
                ?.Name.StartsWith("socket:", StringComparison.Ordinal) == true)
        .Select(entry => int.Parse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture))
        .Max();

    private static int Check(nint result, string call) =>
        result >= 0 ? (int)result : throw new IOException($"{call} failed with errno {Marshal.GetLastPInvokeError()}.");

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
