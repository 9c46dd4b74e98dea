using System.Text;
using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Logging;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>Tells the service manager that the daemon serves: sd_notify(3).</summary>
internal static unsafe class Readiness
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Sends READY=1 to the socket that $NOTIFY_SOCKET names, if any.</summary>
    /// <param name="logger">Told when that fails: nobody there to be told is no reason not to serve.</param>
    internal static void Announce(ILogger logger)
    {
        string? name = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(name) && Send(name) is { } failure)
        {
            logger.ReadinessUntold(name, failure);
        }
    }

    /// <returns>Null, or what went wrong.</returns>
    private static string? Send(string name)
    {
        // Other forms, such as a virtual machine's sockets, are for managers that do not run here.
        if (name[0] is not ('/' or '@') || !UnixAddress.TryCreate(Encoding.UTF8.GetBytes(name), out UnixAddress address))
        {
            return "it is no address of a socket";
        }

        // A manager that does not read is not waited for.
        const int Flags = LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL;
        var socket = new Descriptor(LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0));
        ReadOnlySpan<byte> message = "READY=1"u8;
        bool isSent = LibC.sendto(socket.Number, message, (nuint)message.Length, Flags, &address, address.Length) >= 0;
        string? failure = isSent ? null : ErrorText.Of(LibC.LastError);
        socket.Close();
        return failure;
    }
}
