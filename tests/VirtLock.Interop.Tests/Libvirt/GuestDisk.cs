namespace VirtLock.Interop.Tests.Libvirt;

internal sealed record GuestDisk(string Path)
{
    public bool IsShareable { get; init; }

    public bool IsReadOnly { get; init; }

    /// <summary>On virtio-scsi, which lets a disk go without the cooperation of a guest that has no operating system.</summary>
    public string ToXml(string target) => $"""
        <disk type='file' device='disk'>
          <driver name='qemu' type='raw'/>
          <source file='{Path}'/>
          <target dev='{target}' bus='scsi'/>
          {(IsShareable ? "<shareable/>" : "")}{(IsReadOnly ? "<readonly/>" : "")}
        </disk>
        """;
}
