using System.Runtime.InteropServices;

namespace VirtLock.Posix;

/// <summary>The address of a Unix socket, as bind(2), connect(2) and sendto(2) take it: sockaddr_un and how much of it counts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct UnixAddress
{
    private LibC.sockaddr_un _address;

    internal uint Length { get; private set; }

    /// <summary>Makes an address of a path, or of an abstract name when the first byte is NUL or, as systemd writes it, <c>@</c>.</summary>
    /// <returns>False when the path does not fit.</returns>
    internal static bool TryCreate(ReadOnlySpan<byte> path, out UnixAddress address)
    {
        address = default;
        if (path.Length >= LibC.UNIX_PATH_MAX)
        {
            return false;
        }

        address._address.sun_family = LibC.AF_UNIX;
        fixed (byte* target = address._address.sun_path)
        {
            path.CopyTo(new Span<byte>(target, LibC.UNIX_PATH_MAX));
        }

        // unix(7): a pathname counts with its NUL, an abstract name without.
        bool isAbstract = path.StartsWith("@"u8);
        if (isAbstract)
        {
            address._address.sun_path[0] = 0;
        }

        address.Length = (uint)(sizeof(ushort) + path.Length + (isAbstract ? 0 : 1));
        return true;
    }
}
