using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// Sends datagrams to a socket in the file system. The receiver may come, go and come back. It is never waited for: a log that has stopped
/// reading must not stop the locks.
/// </summary>
internal sealed unsafe class UnixDatagram : IDisposable
{
    private const int Flags = LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL;

    private readonly Descriptor _socket = new(LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0));
    private UnixAddress _address;

    public UnixDatagram(string path)
    {
        if (!UnixAddress.TryCreate(Encoding.UTF8.GetBytes(path), out _address))
        {
            throw new ArgumentException("The path is too long for a socket's address", nameof(path));
        }
    }

    /// <summary>Sends one datagram.</summary>
    /// <returns>0, or the errno that says why not.</returns>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (UnixAddress* address = &_address)
        {
            return LibC.sendto(_socket.Number, bytes, (nuint)bytes.Length, Flags, address, _address.Length) < 0 ? LibC.LastError : 0;
        }
    }

    /// <summary>Sends an empty datagram with a descriptor attached.</summary>
    /// <returns>0, or the errno that says why not.</returns>
    public int SendDescriptor(Descriptor descriptor)
    {
        // CMSG_LEN and CMSG_SPACE of one int: the header is 16 bytes, and a message is padded to whole words.
        const int MessageLength = 16 + sizeof(int);
        ulong* control = stackalloc ulong[3];
        var header = (LibC.cmsghdr*)control;
        header->cmsg_len = MessageLength;
        header->cmsg_level = LibC.SOL_SOCKET;
        header->cmsg_type = LibC.SCM_RIGHTS;
        *(int*)(header + 1) = descriptor.Number;
        fixed (UnixAddress* address = &_address)
        {
            var message = new LibC.msghdr
            {
                msg_name = address,
                msg_namelen = _address.Length,
                msg_control = control,
                msg_controllen = 3 * sizeof(ulong),
            };
            return LibC.sendmsg(_socket.Number, &message, Flags) < 0 ? LibC.LastError : 0;
        }
    }

    public void Dispose() => _socket.Close();
}
