using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>Tells the service manager that the daemon serves: sd_notify(3).</summary>
internal static unsafe class Readiness
{
    /// <summary>Sends READY=1 to the socket that $NOTIFY_SOCKET names, if any.</summary>
    internal static void Announce()
    {
        string? name = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(name) || !UnixAddress.TryCreate(Encoding.UTF8.GetBytes(name), out UnixAddress address))
        {
            return;
        }

        // Nobody there to be told is no reason not to serve.
        var socket = new Descriptor(LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0));
        ReadOnlySpan<byte> message = "READY=1"u8;
        _ = LibC.sendto(socket.Number, message, (nuint)message.Length, LibC.MSG_NOSIGNAL, &address, address.Length);
        socket.Close();
    }
}
