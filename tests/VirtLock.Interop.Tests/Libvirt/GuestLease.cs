namespace VirtLock.Interop.Tests.Libvirt;

/// <summary>
/// A lease element: libvirt asks for <paramref name="Key"/> in the lock space <paramref name="Directory"/>/<paramref name="LockSpace"/>.
/// </summary>
internal sealed record GuestLease(string Directory, string LockSpace, string Key)
{
    public string ToXml() => $"""
        <lease>
          <lockspace>{LockSpace}</lockspace>
          <key>{Key}</key>
          <target path='{Directory}'/>
        </lease>
        """;
}
