using System.Globalization;
using System.Text;

namespace VirtLock.Interop.Tests.Libvirt;

/// <summary>A guest small enough to start in a second without hardware virtualization: no operating system, one disk or two.</summary>
internal sealed record GuestDefinition(string Name)
{
    public string Emulator { get; init; } = "/usr/bin/qemu-system-x86_64";

    public IReadOnlyList<GuestDisk> Disks { get; init; } = [];

    public IReadOnlyList<GuestLease> Leases { get; init; } = [];

    public string ToXml()
    {
        StringBuilder devices = new();
        for (int i = 0; i < Disks.Count; i++)
        {
            devices.Append(Disks[i].ToXml(target: string.Create(CultureInfo.InvariantCulture, $"sd{(char)('a' + i)}")));
        }

        foreach (GuestLease lease in Leases)
        {
            devices.Append(lease.ToXml());
        }

        return $"""
            <domain type='qemu'>
              <name>{Name}</name>
              <memory unit='MiB'>16</memory>
              <vcpu>1</vcpu>
              <os><type arch='x86_64' machine='pc'>hvm</type></os>
              <devices>
                <emulator>{Emulator}</emulator>
                <controller type='scsi' model='virtio-scsi'/>
                <controller type='usb' model='none'/>
                <memballoon model='none'/>
                {devices}
              </devices>
            </domain>
            """;
    }
}
