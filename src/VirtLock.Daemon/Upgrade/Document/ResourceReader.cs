using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads resources, of which there may be ten thousand while every client waits.</summary>
internal sealed class ResourceReader(OwnerTable owners)
{
    private const int Name = 0;
    private const int Path = 1;
    private const int Descriptor = 2;
    private const int LockHeld = 3;
    private const int Flags = 4;
    private const int Owners = 5;
    private const int OwnPart = 6;

    private static readonly DocumentKeys ResourceKeys = new(
        6,
        DocumentKey.Name,
        DocumentKey.Path,
        DocumentKey.Descriptor,
        DocumentKey.LockHeld,
        DocumentKey.Flags,
        DocumentKey.Owners,
        DocumentKey.VirtLock);

    /// <summary>The owners of the resource being read, as libvirt's part has them.</summary>
    private readonly List<ProcessId> _pids = [];

    private readonly OwnResourcePart _own = new();

    internal List<ResourceSnapshot> ReadAll(ref DocumentCursor json)
    {
        var resources = new List<ResourceSnapshot>();
        var names = new HashSet<ResourceName>(ByteTextComparer<ResourceName>.Instance);
        json.EnterArray();
        while (json.NextItem())
        {
            ResourceSnapshot resource = Read(ref json);
            if (!names.Add(resource.Name))
            {
                throw json.Fail("has the name of an earlier one");
            }

            resources.Add(resource);
        }

        return resources;
    }

    private ResourceSnapshot Read(ref DocumentCursor json)
    {
        ResourceName name = default;
        FilePath path = default;
        int descriptor = -1;
        bool isLocked = false;
        var flags = ResourceFlags.None;
        _pids.Clear();
        _own.Clear();
        DocumentObject resource = json.EnterObject(ResourceKeys);
        while (json.NextKey(ref resource))
        {
            switch (resource.Key)
            {
                case Name:
                    name = new ResourceName(json.Text());
                    break;
                case Path:
                    path = new FilePath(json.Text());
                    break;
                case Descriptor:
                    descriptor = json.Descriptor();
                    break;
                case LockHeld:
                    isLocked = json.Boolean();
                    break;
                case Flags:
                    flags = (ResourceFlags)json.UInt32();
                    break;
                case Owners:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        // libvirt's daemon has signed pids and writes them as 64 bits without a sign.
                        _pids.Add(new ProcessId(json.LowerHalf()));
                    }

                    break;
                default:
                    _own.Read(ref json);
                    break;
            }
        }

        return new ResourceSnapshot
        {
            Name = _own.Name ?? name,
            Path = _own.Path ?? path,
            Descriptor = descriptor,
            Mode = flags.HasFlag(ResourceFlags.Shared) ? LockMode.Shared : LockMode.Exclusive,
            IsAutocreated = flags.HasFlag(ResourceFlags.Autocreated),
            Kind = _own.Kind,
            IsLocked = isLocked,
            Leases = resource.Has(OwnPart) ? NumberedLeases(ref json) : BareLeases(),
        };
    }

    private LeaseSnapshot[] BareLeases()
    {
        var leases = new LeaseSnapshot[_pids.Count];
        for (int i = 0; i < leases.Length; i++)
        {
            leases[i] = new LeaseSnapshot(owners.OfPid(_pids[i]), AcquiredAt: null);
        }

        return leases;
    }

    private LeaseSnapshot[] NumberedLeases(ref DocumentCursor json)
    {
        if (_own.Leases.Count != _pids.Count)
        {
            throw json.Fail("has not as many leases as owners");
        }

        var leases = new LeaseSnapshot[_pids.Count];
        for (int i = 0; i < leases.Length; i++)
        {
            (int number, DateTimeOffset? acquiredAt) = _own.Leases[i];
            if (number >= owners.Count || owners.Numbered(number).Pid != _pids[i])
            {
                throw json.Fail("has a lease of another than its owner");
            }

            leases[i] = new LeaseSnapshot(owners.Numbered(number), acquiredAt);
        }

        return leases;
    }
}
