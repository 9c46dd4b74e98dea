namespace VirtLock.Interop.Tests.Protocol;

/// <summary>
/// Where VirtLock answers otherwise than libvirt's daemon, and means to. Everything that is not named here has to be the same.
/// </summary>
internal sealed record Differences
{
    public static Differences None { get; } = new();

    public static Differences OfVirtLock { get; } = new()
    {
        AliasesAreOneResource = true,
        FailedNewIsReported = true,
        UnsafeNamesAreRefused = true,
        LeasesOutliveTheirOwner = true,
        DisconnectFreesDuplicates = true,
        BusyTextNamesTheHolder = true,
        AttachedDescriptorsAreIgnored = true,
        OnlyRegularFilesAreRemoved = true,
    };

    /// <summary>A second name of a locked file (symbolic link, hard link, doubled slash, dot) conflicts with the first.</summary>
    public bool AliasesAreOneResource { get; init; }

    /// <summary>NEW of a directory that can't be made is refused; libvirt answers success and breaks later.</summary>
    public bool FailedNewIsReported { get; init; }

    /// <summary>Names with a NUL, and in directory spaces absolute ones or such with "..", are invalid arguments.</summary>
    public bool UnsafeNamesAreRefused { get; init; }

    /// <summary>When an owner loses its connection its leases are freed once it is dead; libvirt frees them first.</summary>
    public bool LeasesOutliveTheirOwner { get; init; }

    /// <summary>A disconnect frees every hold of the owner on a resource; libvirt frees one, and leaks the others.</summary>
    public bool DisconnectFreesDuplicates { get; init; }

    public bool BusyTextNamesTheHolder { get; init; }


    /// <summary>DELETE removes no device, pipe or socket, nor does the release of one that was acquired with autocreate.</summary>
    public bool OnlyRegularFilesAreRemoved { get; init; }

    /// <summary>
    /// No procedure uses descriptors, so nobody looks whether the bytes that should carry some do; libvirt closes the connection when one
    /// does not.
    /// </summary>
    public bool AttachedDescriptorsAreIgnored { get; init; }
}
